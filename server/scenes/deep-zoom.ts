import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { UserError } from '../../src/base/errors.js';
import type { Size } from '../../src/boxes/box.js';
import { decodeError } from '../../src/image/header.js';
import type { RasterSource } from '../../src/image/raster/raster-source.js';
import { renderRgb } from '../../src/image/raster/render.js';
import { planStretch } from '../../src/image/raster/scaling.js';
import { SharpSource } from '../../src/image/raster/sharp-source.js';
import { folderBytes } from './durable-files.js';

/** Bytes of decoded samples that are read at a time. */
const mostBytes = 96 * 2 ** 20;

/** More than a pixel ever takes in all levels together: noise takes about one byte. */
const worstBytesPerPixel = 3;

const jpeg = { quality: 85 } as const;

/** Beyond this width a row of tiles is half as high, for memory's sake. */
const wide = 2 ** 16;

/** Side of the tiles of a scene, in pixels. */
export function zoomTileSize({ width }: Size): number {
  return width > wide ? 256 : 512;
}

/** The level at full resolution; level 0 is a single pixel. */
export function topZoomLevel({ width, height }: Size): number {
  return Math.ceil(Math.log2(Math.max(width, height)));
}

/** The Deep Zoom descriptor of a scene (schemas.microsoft.com/deepzoom/2008). */
export function zoomDescriptor(size: Size): string {
  const tileSize = zoomTileSize(size);
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="0" ' +
    `TileSize="${tileSize}"><Size Width="${size.width}" Height="${size.height}"/></Image>\n`
  );
}

/**
 * Writes the deep zoom tiles of a scene: `<folder>/<level>/<column>_<row>.jpeg`, as libvips lays them out. Plain images
 * are left to libvips, which takes a small part of the time.
 *
 * The scene is read once, from top to bottom, rendered as the detector sees it, and every level is made of the one above
 * it by averaging 2 x 2 pixels; a row of tiles a level is in memory at a time. The folder is there whole or not at all.
 *
 * @param limit bytes that the tiles may take
 * @returns bytes that they take
 * @throws UserError when the scene cannot be read, or takes more
 */
export async function writeDeepZoom(source: RasterSource, folder: string, limit: number): Promise<number> {
  const unfinished = `${folder}.part`;
  await rm(unfinished, { recursive: true, force: true });
  try {
    await mkdir(unfinished, { recursive: true });
    // libvips cannot be told to stop at a number of bytes.
    const pipeline = worstBytesPerPixel * source.width * source.height <= limit && plainImage(source);
    const { path, bytes } = pipeline
      ? await writeByVips(pipeline, source, unfinished)
      : await writeRendered(source, unfinished, limit);
    await rename(path, folder);
    await rm(unfinished, { recursive: true, force: true });
    return bytes;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

function plainImage(source: RasterSource): Sharp | undefined {
  return source instanceof SharpSource ? source.pipeline : undefined;
}

/** Where tiles were written to, and how much. */
interface Written {
  readonly path: string;
  readonly bytes: number;
}

async function writeByVips(
  image: Sharp,
  { name, width, height }: RasterSource,
  folder: string,
): Promise<Written> {
  try {
    await image
      .jpeg(jpeg)
      .tile({
        size: zoomTileSize({ width, height }),
        overlap: 0,
        layout: 'dz',
        depth: 'onepixel',
        skipBlanks: -1,
      })
      .toFile(join(folder, 'image.dz'));
  } catch (error) {
    throw decodeError(name, error);
  }
  const path = join(folder, 'image_files');
  // Facts about the image, its EXIF among them, that viewers have no use for.
  await rm(join(path, 'vips-properties.xml'), { force: true });
  return { path, bytes: await folderBytes(path) };
}

async function writeRendered(source: RasterSource, folder: string, limit: number): Promise<Written> {
  const path = join(folder, 'tiles');
  const sink = new TileSink(path, limit);
  await fill(source, sink);
  return { path, bytes: sink.bytes };
}

async function fill(source: RasterSource, sink: TileSink): Promise<void> {
  const { width, height } = source;
  const bands = source.colourBands;
  const stretch = await planStretch(source, bands, undefined);
  const tileSize = zoomTileSize(source);
  const level = new ZoomLevel(source, topZoomLevel(source), tileSize, sink);
  const bytesPerRow = width * bands.length * (source.bitDepth / 8);
  const rows = Math.max(1, Math.floor(mostBytes / bytesPerRow / tileSize)) * tileSize;
  for (let top = 0; top < height; top += rows) {
    const window = { left: 0, top, width, height: Math.min(rows, height - top) };
    const rendered = renderRgb(await source.read(window, { bands }), stretch);
    for (let row = 0; row < window.height; row += tileSize) {
      const count = Math.min(tileSize, window.height - row);
      await level.add(rendered.data.subarray(3 * width * row, 3 * width * (row + count)), count);
    }
  }
  await level.finish();
}

/** Writes tiles, and counts their bytes. */
class TileSink {
  readonly #folder: string;
  readonly #limit: number;
  bytes = 0;

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Cuts a row of tiles out of `rows` rows of a level and writes them. */
  async write(level: number, row: number, strip: Uint8Array, size: Size, tileSize: number): Promise<void> {
    const folder = join(this.#folder, String(level));
    if (row === 0) await mkdir(folder, { recursive: true });
    const { width, height } = size;
    const image = sharp(strip, { raw: { width, height, channels: 3 } });
    const columns = Math.ceil(width / tileSize);
    // A few at a time: each is encoded in a thread of libuv's pool.
    for (let from = 0; from < columns; from += 4) {
      const count = Math.min(4, columns - from);
      const encoded = await Promise.all(
        Array.from({ length: count }, (_, index) => {
          const left = (from + index) * tileSize;
          const box = { left, top: 0, width: Math.min(tileSize, width - left), height };
          return image.clone().extract(box).jpeg(jpeg).toBuffer();
        }),
      );
      for (const [index, bytes] of encoded.entries()) {
        this.bytes += bytes.byteLength;
        if (this.bytes > this.#limit)
          throw new UserError('The server has no room to show a scene of this size.');
        await writeFile(join(folder, `${from + index}_${row}.jpeg`), bytes);
      }
    }
  }
}

/** A level under way: collects a row of tiles, writes it, and hands half of it on. */
class ZoomLevel {
  readonly #width: number;
  readonly #number: number;
  readonly #tileSize: number;
  readonly #sink: TileSink;
  readonly #strip: Uint8Array<ArrayBuffer>;
  readonly #next: ZoomLevel | undefined;
  #filled = 0;
  #row = 0;

  constructor({ width, height }: Size, number: number, tileSize: number, sink: TileSink) {
    this.#width = width;
    this.#number = number;
    this.#tileSize = tileSize;
    this.#sink = sink;
    this.#strip = new Uint8Array(3 * width * Math.min(tileSize, height));
    if (number === 0) return;
    const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
    this.#next = new ZoomLevel(half, number - 1, tileSize, sink);
  }

  /** @param rows at most as many as are missing to a row of tiles */
  async add(rows: Uint8Array, count: number): Promise<void> {
    this.#strip.set(rows, 3 * this.#width * this.#filled);
    this.#filled += count;
    if (this.#filled === this.#tileSize) await this.#flush();
  }

  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await this.#next?.finish();
  }

  async #flush(): Promise<void> {
    const height = this.#filled;
    const strip = this.#strip.subarray(0, 3 * this.#width * height);
    await this.#sink.write(this.#number, this.#row, strip, { width: this.#width, height }, this.#tileSize);
    this.#row++;
    this.#filled = 0;
    await this.#next?.add(halve(strip, this.#width, height), Math.ceil(height / 2));
  }
}

/** Means of 2 x 2 pixels; of an odd last column or row, of the pixels there are. */
export function halve(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = new Uint8Array(3 * columns * rows);
  let to = 0;
  for (let y = 0; y < rows; y++) {
    const upper = 3 * width * (2 * y);
    const lower = 2 * y + 1 < height ? upper + 3 * width : upper;
    for (let x = 0; x < columns; x++) {
      const left = 6 * x;
      const right = 2 * x + 1 < width ? left + 3 : left;
      for (let channel = 0; channel < 3; channel++) {
        const sum =
          rgb[upper + left + channel]! +
          rgb[upper + right + channel]! +
          rgb[lower + left + channel]! +
          rgb[lower + right + channel]!;
        half[to++] = (sum + 2) >> 2;
      }
    }
  }
  return half;
}
