import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { compressions } from './compressions.js';

/** Tags of a TIFF with one strip, to be read by libvips. */
type StripTags = readonly (readonly [tag: number, values: readonly number[], bytes?: Uint8Array])[];

const [BYTE, SHORT, LONG] = [1, 3, 4];

/** Opens bytes by libvips, which is to fail for anything that is wrong with them. */
export function openByVips(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: false, limitInputChannels: false });
}

/**
 * Has the libtiff inside sharp decompress a block as if it were a small grey image of its own: LZW and PackBits, many times
 * faster than in JavaScript.
 * @returns the bytes of the rows
 */
export async function decompressRows(
  block: Uint8Array,
  compression: number,
  rowBytes: number,
  rows: number,
): Promise<Uint8Array> {
  const image = openByVips(
    stripTiff(block, [
      [256, [rowBytes]],
      [257, [rows]],
      [258, [8]],
      [259, [compression]],
      [262, [1]],
      [277, [1]],
    ]),
  );
  return (await image.toColourspace('b-w').raw({ depth: 'uchar' }).toBuffer()) as Uint8Array;
}

/**
 * Has it decompress a block of black and white: CCITT's fax codes.
 * @returns a byte a pixel, 0 or 1 as the bits are
 */
export async function decompressFax(
  block: Uint8Array,
  compression: number,
  width: number,
  rows: number,
  options: number,
): Promise<Uint8Array> {
  const image = openByVips(
    stripTiff(block, [
      [256, [width]],
      [257, [rows]],
      [258, [1]],
      [259, [compression]],
      [262, [1]],
      [277, [1]],
      [compression === compressions.ccittFax4 ? 293 : 292, [options]],
    ]),
  );
  const grey = await image.toColourspace('b-w').raw({ depth: 'uchar' }).toBuffer();
  return grey.map((sample) => (sample > 127 ? 1 : 0));
}

/** Has libvips turn samples of 8 bits into colours, by the profile with them or a standard one. @returns RGB interleaved */
export async function coloursByVips(
  samples: Uint8Array,
  { width, height, bands, photometric, profile }: ColourCodes,
): Promise<Uint8Array> {
  const tiff = stripTiff(samples, [
    [256, [width]],
    [257, [height]],
    [258, Array.from({ length: bands }, () => 8)],
    [259, [1]],
    [262, [photometric]],
    [277, [bands]],
    ...(profile ? [[34675, [], profile] as const] : []),
  ]);
  return openByVips(tiff).toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer();
}

/** What samples that stand for colours mean. */
export interface ColourCodes {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly photometric: number;
  /** An ICC profile. */
  readonly profile?: Uint8Array;
}

/** A little-endian TIFF with a single strip. Tags in ascending order. */
function stripTiff(strip: Uint8Array, given: StripTags): Buffer {
  const height = given.find(([tag]) => tag === 257)![1];
  const tags: StripTags = [
    ...given,
    [273, [8]] as const,
    [278, height] as const,
    [279, [strip.length]] as const,
  ].sort(([a], [b]) => a - b);
  const behind: Buffer[] = [];
  let end = 8 + strip.length + (strip.length % 2);
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length, 0);
  for (const [index, [tag, values, bytes]] of tags.entries()) {
    const at = 2 + 12 * index;
    const isLong = values.some((value) => value > 0xffff);
    const data = bytes ? Buffer.from(bytes) : packed(values, isLong);
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(bytes ? BYTE! : isLong ? LONG! : SHORT!, at + 2);
    directory.writeUInt32LE(bytes ? bytes.length : values.length, at + 4);
    if (data.length <= 4) data.copy(directory, at + 8);
    else {
      directory.writeUInt32LE(end, at + 8);
      behind.push(data, Buffer.alloc(data.length % 2));
      end += data.length + (data.length % 2);
    }
  }
  const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(end, 4);
  return Buffer.concat([header, strip, Buffer.alloc(strip.length % 2), ...behind, directory]);
}

function packed(values: readonly number[], isLong: boolean): Buffer {
  const data = Buffer.alloc(values.length * (isLong ? 4 : 2));
  for (const [index, value] of values.entries()) {
    if (isLong) data.writeUInt32LE(value, 4 * index);
    else data.writeUInt16LE(value, 2 * index);
  }
  return data;
}
