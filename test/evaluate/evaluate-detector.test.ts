import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnnotatedImage } from '../../src/boxes/annotations.js';
import type { Detector, DetectorTile } from '../../src/detect/detector.js';
import { findAsSahi, findInSlices, findInWhole } from '../../src/evaluate/evaluate-detector.js';

let folder: string;
let image: AnnotatedImage;
const tiles: string[] = [];

/** Finds the box around all bright pixels of a tile. */
const brightness: Detector = {
  labels: ['bright'],
  stride: 4,
  oriented: false,
  detect: async ({ data, width, height }: DetectorTile) => {
    tiles.push(`${width} x ${height}`);
    const box = [width, height, 0, 0];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (data[3 * (y * width + x)]! < 128) continue;
        box[0] = Math.min(box[0]!, x);
        box[1] = Math.min(box[1]!, y);
        box[2] = Math.max(box[2]!, x + 1);
        box[3] = Math.max(box[3]!, y + 1);
      }
    }
    const count = box[2]! > 0 ? 1 : 0;
    return {
      count,
      boxes: Float32Array.from(count ? box : []),
      scores: new Float32Array(count).fill(0.9),
      classes: new Int32Array(count),
    };
  },
  close: async () => undefined,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-slices-'));
  const [width, height] = [180, 60];
  const data = new Uint8Array(3 * width * height);
  // Across the seam of slices of 100 that share 20.
  for (let y = 20; y < 36; y++) data.fill(255, 3 * (y * width + 70), 3 * (y * width + 110));
  const path = join(folder, 'bar.png');
  await sharp(data, { raw: { width, height, channels: 3 } }).toFile(path);
  image = { path, width, height, objects: [] };
});
afterAll(() => rm(folder, { recursive: true }));

describe('looking for objects in whole images and in slices', () => {
  const options = { threshold: 0.1, slice: 100, overlap: 20 };

  it('finds an object whole in the whole image', async () => {
    expect([...(await findInWhole(brightness, 0.1)(image)).boxes]).toEqual([70, 20, 110, 36]);
  });

  it('merges the pieces that slices see as SAHI does', async () => {
    tiles.length = 0;
    const { boxes } = await findAsSahi(brightness, options)(image);
    expect([...boxes]).toEqual([70, 20, 110, 36]);
    expect(tiles).toEqual(['100 x 60', '100 x 60']);
  });

  it('keeps them as pieces at the seams of tiles, where an object is larger than the overlap', async () => {
    const { boxes } = await findInSlices(brightness, options)(image);
    expect([...boxes]).toEqual([70, 20, 100, 36, 80, 20, 110, 36]);
  });

  it('refuses slices that share all they have', () => {
    expect(() => findAsSahi(brightness, { ...options, overlap: 100 })).toThrow(/cannot overlap by 100/);
  });

  it('refuses an image of another size than its labels are for', async () => {
    await expect(findAsSahi(brightness, options)({ ...image, width: 90 })).rejects.toThrow(
      /labels are for 90 x 60/,
    );
  });
});
