import { integer, randomStream } from '../../../src/base/random.js';
import type { Box } from '../../../src/boxes/box.js';
import type { Detections } from '../../../src/boxes/detections.js';
import { noDetections } from '../../../src/boxes/detections.js';
import type { Detector, DetectorTile } from '../../../src/detect/detector.js';

/** Finds bright rectangles on dark ground: the score is their brightness. Knows nothing beyond the tile it is given. */
export class BlobDetector implements Detector {
  readonly labels = ['bright', 'wide'];
  readonly stride = 16;
  readonly oriented = false;
  readonly tiles: { width: number; height: number }[] = [];
  /** Called before each tile. */
  readonly onTile: (count: number) => void | Promise<void>;

  constructor(onTile: (count: number) => void | Promise<void> = () => undefined) {
    this.onTile = onTile;
  }

  async detect({ data, width, height }: DetectorTile, { threshold = 0 } = {}): Promise<Detections> {
    this.tiles.push({ width, height });
    await this.onTile(this.tiles.length);
    const found = components(data, width, height).filter(({ score }) => score >= threshold);
    return {
      ...noDetections(),
      count: found.length,
      boxes: Float32Array.from(found.flatMap(({ left, top, right, bottom }) => [left, top, right, bottom])),
      scores: Float32Array.from(found, ({ score }) => score),
      classes: Int32Array.from(found, ({ left, top, right, bottom }) =>
        right - left > bottom - top ? 1 : 0,
      ),
    };
  }

  async close(): Promise<void> {}
}

/** Rectangles of one brightness; their rows all start and end alike. */
function components(data: Uint8Array, width: number, height: number) {
  const found: { left: number; top: number; right: number; bottom: number; score: number }[] = [];
  const level = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : data[3 * (y * width + x)]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (level(x, y) < 64 || level(x - 1, y) >= 64 || level(x, y - 1) >= 64) continue;
      let [right, bottom] = [x + 1, y + 1];
      while (level(right, y) >= 64) right++;
      while (level(x, bottom) >= 64) bottom++;
      found.push({ left: x, top: y, right, bottom, score: level(x, y) / 255 });
    }
  }
  return found;
}

/** Rectangles of 6 to 40 pixels a side that do not touch, at random places. */
export function randomBlobs(width: number, height: number, seed = 1): (Box & { level: number })[] {
  const random = randomStream(seed);
  const blobs: (Box & { level: number })[] = [];
  // One in most cells of a grid, away from its borders.
  const cell = 48;
  for (let top = 0; top + cell <= height; top += cell) {
    for (let left = 0; left + cell <= width; left += cell) {
      if (random() < 0.3) continue;
      const [w, h] = [6 + integer(random, 35), 6 + integer(random, 35)];
      const [x, y] = [left + 1 + integer(random, cell - w - 2), top + 1 + integer(random, cell - h - 2)];
      blobs.push({ left: x, top: y, width: w, height: h, level: 100 + integer(random, 150) });
    }
  }
  return blobs;
}

/** Draws the rectangles into one band. */
export function drawBlobs(
  width: number,
  height: number,
  blobs: readonly (Box & { level: number })[],
): Uint8Array {
  const band = new Uint8Array(width * height).fill(10);
  for (const { left, top, width: w, height: h, level } of blobs) {
    for (let y = top; y < top + h; y++) band.fill(level, y * width + left, y * width + left + w);
  }
  return band;
}

/** Boxes as sorted text, to compare sets. */
export function boxTexts(boxes: Float32Array | readonly number[]): string[] {
  return Array.from({ length: boxes.length / 4 }, (_, index) =>
    Array.from(boxes.slice(4 * index, 4 * index + 4)).join(' '),
  ).sort();
}
