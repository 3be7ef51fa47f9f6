import { open } from 'node:fs/promises';
import type { SyntheticScene } from './synthetic-scenes.js';

/** A tag of a TIFF directory: 3 is SHORT, 4 is LONG, 12 is DOUBLE, 2 is ASCII (TIFF 6.0, section 2). */
interface Tag {
  readonly id: number;
  readonly type: 2 | 3 | 4 | 12;
  readonly values: readonly number[];
}

const bytesOfType = { 2: 1, 3: 2, 4: 4, 12: 8 } as const;

/** Where a scene lies: a north-up grid in metres of a projected coordinate system. */
export interface TiffLocation {
  /** EPSG code of a projected system, e.g. 32631. */
  readonly epsg: number;
  /** Coordinates of the top left corner of the top left pixel. */
  readonly origin: readonly [easting: number, northing: number];
  /** Metres. */
  readonly pixelSize: number;
}

/** GeoTIFF 1.1: pixel scale, tie point, and a key directory that says "projected, pixel is area, this EPSG code". */
function locationTags({ epsg, origin, pixelSize }: TiffLocation): Tag[] {
  return [
    { id: 33550, type: 12, values: [pixelSize, pixelSize, 0] },
    { id: 33922, type: 12, values: [0, 0, 0, ...origin, 0] },
    { id: 34735, type: 3, values: [1, 1, 1, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg] },
  ];
}

/** The directory with its values behind it, at the end of the file. @param start its offset in the file */
function encodeDirectory(tags: readonly Tag[], start: number): Buffer {
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length, 0);
  const behind: Buffer[] = [];
  let offset = start + directory.length;
  for (const [index, { id, type, values }] of tags.entries()) {
    const at = 2 + 12 * index;
    const encoded = encodeValues(type, values);
    directory.writeUInt16LE(id, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(values.length, at + 4);
    if (encoded.length <= 4) encoded.copy(directory, at + 8);
    else {
      directory.writeUInt32LE(offset, at + 8);
      // Values start at even offsets.
      const padded = Buffer.concat([encoded, Buffer.alloc(encoded.length % 2)]);
      behind.push(padded);
      offset += padded.length;
    }
  }
  return Buffer.concat([directory, ...behind]);
}

function encodeValues(type: Tag['type'], values: readonly number[]): Buffer {
  const encoded = Buffer.alloc(bytesOfType[type] * values.length);
  for (const [index, value] of values.entries()) {
    const at = bytesOfType[type] * index;
    if (type === 2) encoded.writeUInt8(value, at);
    else if (type === 3) encoded.writeUInt16LE(value, at);
    else if (type === 4) encoded.writeUInt32LE(value, at);
    else encoded.writeDoubleLE(value, at);
  }
  return encoded;
}

function baseTags({ width, height }: SyntheticScene, side: number, offsets: readonly number[]): Tag[] {
  return [
    { id: 256, type: 4, values: [width] },
    { id: 257, type: 4, values: [height] },
    { id: 258, type: 3, values: [8, 8, 8] },
    { id: 259, type: 3, values: [1] },
    { id: 262, type: 3, values: [2] },
    { id: 277, type: 3, values: [3] },
    { id: 284, type: 3, values: [1] },
    { id: 322, type: 4, values: [side] },
    { id: 323, type: 4, values: [side] },
    { id: 324, type: 4, values: offsets },
    { id: 325, type: 4, values: offsets.map(() => 3 * side * side) },
  ];
}

/**
 * Draws a scene into a tiled, uncompressed TIFF, or GeoTIFF, tile by tile: of whatever size, one tile is in memory.
 * @param path overwritten
 * @param side of a tile in pixels, a multiple of 16
 * @throws RangeError when the file would be over 4 GB, which this form of TIFF cannot be
 */
export async function writeSceneTiff(
  scene: SyntheticScene,
  path: string,
  { location, side = 512 }: { location?: TiffLocation; side?: number } = {},
): Promise<void> {
  const [columns, rows] = [Math.ceil(scene.width / side), Math.ceil(scene.height / side)];
  const bytes = 3 * side * side;
  const offsets = Array.from({ length: rows * columns }, (_, index) => 8 + index * bytes);
  const end = 8 + offsets.length * bytes;
  if (end > 2 ** 32 - 2 ** 24) throw new RangeError(`${scene.width} x ${scene.height} pixels are over 4 GB.`);
  const file = await open(path, 'w');
  try {
    const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
    header.writeUInt32LE(end, 4);
    await file.write(header);
    for (let index = 0; index < offsets.length; index++) {
      await file.write(tileOf(scene, index % columns, Math.floor(index / columns), side));
    }
    const tags = [...baseTags(scene, side, offsets), ...(location ? locationTags(location) : [])];
    await file.write(encodeDirectory(tags, end));
  } finally {
    await file.close();
  }
}

/** Pixels of one tile; black beyond the scene. */
function tileOf(scene: SyntheticScene, column: number, row: number, side: number): Uint8Array {
  const [left, top] = [column * side, row * side];
  const width = Math.min(side, scene.width - left);
  const height = Math.min(side, scene.height - top);
  const inside = scene.read({ left, top, width, height });
  if (width === side && height === side) return inside;
  const tile = new Uint8Array(3 * side * side);
  for (let y = 0; y < height; y++) {
    tile.set(inside.subarray(3 * y * width, 3 * (y + 1) * width), 3 * y * side);
  }
  return tile;
}
