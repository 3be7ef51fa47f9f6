import { UserError } from '../../../base/errors.js';
import type { Box, Size } from '../../../boxes/box.js';
import type { ByteRange } from './byte-range.js';

/** Markers of ISO/IEC 15444-1, annex A. */
const SOC = 0xff4f;
const SIZ = 0xff51;
const COD = 0xff52;
const PPM = 0xff60;
const TLM = 0xff55;
const SOT = 0xff90;
const EOC = 0xffd9;

/** Where the bytes of a part of a tile are in the file. */
interface TilePart {
  readonly offset: number;
  readonly length: number;
}

/** What the main header of a codestream says, and where its tiles are. */
export interface Codestream extends Size {
  readonly components: number;
  readonly precision: number;
  readonly isSigned: boolean;
  /** Of the image on the reference grid, and of the first tile. */
  readonly origin: readonly [x: number, y: number];
  readonly tileOrigin: readonly [x: number, y: number];
  readonly tile: Size;
  readonly columns: number;
  /** How often the image can be halved. */
  readonly decompositions: number;
  /** SOC and all of the main header, without the lengths of tiles. */
  readonly header: Uint8Array;
  readonly tiles: ReadonlyMap<number, readonly TilePart[]>;
}

const mostHeaderBytes = 2 ** 24;
const mostTiles = 65_535;

/**
 * Reads the main header and finds the parts of all tiles, without reading them.
 * @throws UserError naming the file when it is damaged, cut short, or something that is not supported
 */
export async function readCodestream(bytes: ByteRange): Promise<Codestream> {
  const { name } = bytes;
  const kept: Uint8Array[] = [await bytes.read(0, 2)];
  if (u16(kept[0]!, 0) !== SOC) throw damaged(name, 'its codestream does not begin');
  let size: Omit<Codestream, 'decompositions' | 'header' | 'tiles'> | undefined;
  let decompositions = 0;
  let at = 2;
  for (;;) {
    const [marker, length] = words(await bytes.read(at, 4));
    if (marker === SOT) break;
    if (length < 2 || at > mostHeaderBytes) throw damaged(name, 'its main header has no end');
    const segment = await bytes.read(at, length + 2);
    if (marker === SIZ) size = readSize(segment, name);
    if (marker === COD) decompositions = segment[9]!;
    if (marker === PPM)
      throw new UserError(`${name} keeps the headers of packets in one place (PPM), which is not supported.`);
    if (marker !== TLM) kept.push(segment);
    at += length + 2;
  }
  if (!size) throw damaged(name, 'it does not say how large it is');
  return { ...size, decompositions, header: Buffer.concat(kept), tiles: await findTiles(bytes, at) };
}

function readSize(
  segment: Uint8Array,
  name: string,
): Omit<Codestream, 'decompositions' | 'header' | 'tiles'> {
  const at = (index: number) => u32(segment, 6 + 4 * index);
  const [right, bottom, left, top] = [at(0), at(1), at(2), at(3)];
  const tile = { width: at(4), height: at(5) };
  const tileOrigin = [at(6), at(7)] as const;
  const components = u16(segment, 38);
  const kinds = Array.from({ length: components }, (_, index) =>
    segment.subarray(40 + 3 * index, 43 + 3 * index),
  );
  if (kinds.some(([depth, x, y]) => depth !== kinds[0]![0] || x !== 1 || y !== 1)) {
    throw new UserError(
      `${name} has components of different depths or sizes, which is not supported. Convert it, e.g. gdal_translate in.jp2 out.tif.`,
    );
  }
  const columns = Math.ceil((right - tileOrigin[0]) / tile.width);
  const rows = Math.ceil((bottom - tileOrigin[1]) / tile.height);
  const isSound = right > left && bottom > top && tile.width > 0 && tile.height > 0 && components > 0;
  if (!isSound || columns * rows > mostTiles) throw damaged(name, 'its size makes no sense');
  return {
    width: right - left,
    height: bottom - top,
    components,
    precision: (kinds[0]![0]! & 0x7f) + 1,
    isSigned: (kinds[0]![0]! & 0x80) !== 0,
    origin: [left, top],
    tileOrigin,
    tile,
    columns,
  };
}

async function findTiles(bytes: ByteRange, start: number): Promise<Map<number, TilePart[]>> {
  const tiles = new Map<number, TilePart[]>();
  let offset = start;
  while (offset + 12 <= bytes.length) {
    const head = await bytes.read(offset, 12);
    if (u16(head, 0) !== SOT) break;
    // 0: to the end of the codestream, which only the last may have.
    const length = u32(head, 6) || bytes.length - offset;
    if (length < 12 || offset + length > bytes.length)
      throw damaged(bytes.name, `it is cut short: a tile ends at byte ${offset + length} of ${bytes.length}`);
    const index = u16(head, 4);
    const parts = tiles.get(index) ?? [];
    parts.push({ offset, length });
    tiles.set(index, parts);
    offset += length;
  }
  return tiles;
}

/** The part of the image that a tile shows, in pixels of the image. */
export function tileBox(
  { tile, tileOrigin, origin, columns, width, height }: Codestream,
  index: number,
): Box {
  const [x, y] = [index % columns, Math.floor(index / columns)];
  const left = Math.max(0, tileOrigin[0] + x * tile.width - origin[0]);
  const top = Math.max(0, tileOrigin[1] + y * tile.height - origin[1]);
  const right = Math.min(width, tileOrigin[0] + (x + 1) * tile.width - origin[0]);
  const bottom = Math.min(height, tileOrigin[1] + (y + 1) * tile.height - origin[1]);
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * A codestream of its own for one tile, so that a decoder that only does whole images does tiles. It keeps the place on the
 * reference grid: wavelets and code blocks are counted from there.
 */
export async function tileCodestream(
  bytes: ByteRange,
  stream: Codestream,
  index: number,
): Promise<Uint8Array> {
  const parts = stream.tiles.get(index);
  if (!parts) throw damaged(bytes.name, `tile ${index} is missing`);
  const { left, top, width, height } = tileBox(stream, index);
  const [x, y] = [left + stream.origin[0], top + stream.origin[1]];
  const header = Buffer.from(stream.header);
  // SIZ is the first segment: its values start at byte 8.
  const values = [x + width, y + height, x, y, stream.tile.width, stream.tile.height, x, y];
  for (const [at, value] of values.entries()) header.writeUInt32BE(value, 8 + 4 * at);
  const data = await Promise.all(
    parts.map(async ({ offset, length }) => {
      const part = Buffer.from(await bytes.read(offset, length));
      part.writeUInt16BE(0, 4);
      part.writeUInt32BE(length, 6);
      return part;
    }),
  );
  const end = Buffer.alloc(2);
  end.writeUInt16BE(EOC);
  return Buffer.concat([header, ...data, end]);
}

function damaged(name: string, why: string): UserError {
  return new UserError(`${name} cannot be read: ${why}.`);
}

function words(bytes: Uint8Array): [number, number] {
  return [u16(bytes, 0), u16(bytes, 2)];
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 65_536 + u16(bytes, at + 2);
}
