import { deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** An image in which every pixel is different: red grows with x, green with y. */
export function gradient(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([x, y, 77], 3 * (y * width + x));
  }
  return data;
}

/** A sharp pipeline over `gradient`. */
export function gradientImage(width: number, height: number) {
  return sharp(gradient(width, height), { raw: { width, height, channels: 3 } });
}

/** A sharp pipeline over one colour. */
export function plain(
  width: number,
  height: number,
  colour: { r: number; g: number; b: number; alpha?: number },
) {
  const channels = colour.alpha === undefined ? 3 : 4;
  return sharp({ create: { width, height, channels, background: colour } });
}

/** Bytes of a noisy JPEG: without noise a truncated file may lose nothing that matters. */
export function noisyJpeg(width: number, height: number): Promise<Buffer> {
  let state = 1;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (state * 48271) % 2147483647;
    return state % 256;
  });
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** CRC of PNG, annex D; Node has its own only from 20.15 on. */
function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return ~remainder >>> 0;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** A PNG whose header promises a size that its pixel data, few bytes unless given, do not keep. */
export function forgedPng(width: number, height: number, data: Buffer = Buffer.alloc(1000)): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const pixels = deflateSync(data);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Sample types of TIFF 6.0, tag 339. */
export const sampleFormat = { unsigned: 1, signed: 2, float: 3 } as const;

export interface TiffOptions {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  /** Bits of one sample. */
  readonly bits: 8 | 16 | 32;
  readonly format: number;
  /** 1 for grey (how many programs label bands without a colour), 2 for RGB. */
  readonly photometric: 1 | 2;
  /** [height, width, bands] */
  readonly samples: Uint8Array | Uint16Array | Float32Array;
}

/** A plain little-endian TIFF, for the kinds that sharp reads but does not write. */
export function tiff({ width, height, bands, bits, format, photometric, samples }: TiffOptions): Buffer {
  const pixels = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const lists: number[] = [];
  // Values of more than 4 bytes lie behind the pixels; the directory then holds their offset.
  const shorts = (values: number[]): number => {
    if (values.length <= 2) return values[0]! | ((values[1] ?? 0) << 16);
    lists.push(...values);
    return 8 + pixels.length + 2 * (lists.length - values.length);
  };
  const same = (value: number, count: number) => shorts(Array.from({ length: count }, () => value));
  const extra = bands - (photometric === 2 ? 3 : 1);
  const entries: [tag: number, type: 3 | 4, count: number, value: number][] = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, bands, same(bits, bands)],
    [259, 3, 1, 1],
    [262, 3, 1, photometric],
    [273, 4, 1, 8],
    [277, 3, 1, bands],
    [278, 4, 1, height],
    [279, 4, 1, pixels.length],
    ...(extra > 0 ? [[338, 3, extra, same(0, extra)] as [number, 3, number, number]] : []),
    [339, 3, bands, same(format, bands)],
  ];
  const directoryAt = 8 + pixels.length + 2 * lists.length;
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * index);
    directory.writeUInt16LE(type, 4 + 12 * index);
    directory.writeUInt32LE(count, 6 + 12 * index);
    directory.writeUInt32LE(value, 10 + 12 * index);
  }
  const header = Buffer.alloc(8);
  header.write('II*\0', 'latin1');
  header.writeUInt32LE(directoryAt, 4);
  const listBytes = Buffer.from(Uint16Array.from(lists).buffer);
  return Buffer.concat([header, pixels, listBytes, directory]);
}
