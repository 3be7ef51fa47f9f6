import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AugmentSettings, SampleRecipe } from '../../datasets/sample.js';
import { loadSample } from '../../datasets/sample.js';
import { writeImage } from './synthetic-images.js';

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-sample-'));
  image = join(folder, 'image.png');
  await writeImage(image, 0, 1, 32);
});
afterAll(() => rm(folder, { recursive: true }));

const plain: SampleRecipe = {
  height: 16,
  width: 24,
  mean: [0.5, 0.25, 0],
  std: [0.5, 0.25, 1],
  interpolation: 'bicubic',
};
const augment: AugmentSettings = {
  symmetry: { horizontalFlip: true, verticalFlip: true, rotations: true },
  crop: { scale: [0.3, 1], ratio: [3 / 4, 4 / 3] },
  colour: { brightness: 0.3, contrast: 0.3, saturation: 0.3 },
  erasing: 0.5,
};

describe('loadSample', () => {
  it('brings an image of one colour to the recipe size, normalised by channel', async () => {
    const path = join(folder, 'plain.png');
    const colour = { r: 255, g: 0, b: 51 };
    await sharp({ create: { width: 7, height: 5, channels: 3, background: colour } })
      .png()
      .toFile(path);
    const data = await loadSample(path, plain, []);
    expect(data).toHaveLength(3 * 16 * 24);
    for (const [channel, value] of [1, -1, 0.2].entries()) {
      const plane = data.subarray(channel * 384, (channel + 1) * 384);
      expect(Math.max(...plane)).toBeCloseTo(value, 5);
      expect(Math.min(...plane)).toBeCloseTo(value, 5);
    }
  });

  it('augments by its keys alone', async () => {
    const recipe = { ...plain, width: 16, augment };
    const first = await loadSample(image, recipe, [1, 2, 3]);
    expect(await loadSample(image, recipe, [1, 2, 3])).toEqual(first);
    expect(await loadSample(image, recipe, [1, 2, 4])).not.toEqual(first);
  });

  it('leaves an image as it is when the augmentation has nothing to do', async () => {
    const symmetry = { horizontalFlip: false, verticalFlip: false, rotations: false };
    const idle = { ...plain, augment: { symmetry, erasing: 0 } };
    expect(await loadSample(image, idle, [1])).toEqual(await loadSample(image, plain, []));
  });

  it('refuses a truncated file', async () => {
    const path = join(folder, 'cut.png');
    await writeFile(path, (await sharp(image).toBuffer()).subarray(0, 900));
    await expect(loadSample(path, plain, [])).rejects.toThrow(/cut\.png/);
  });
});
