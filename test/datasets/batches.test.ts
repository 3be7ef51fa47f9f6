import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchSource, ImageBatch } from '../../datasets/batches.js';
import {
  batchesPerEpoch,
  epochOrder,
  evaluationBatches,
  trainingBatches,
  UnreadableImages,
} from '../../datasets/batches.js';
import { readImageFolder } from '../../datasets/image-folder.js';
import { SamplePool } from '../../datasets/sample-pool.js';
import { writeDataset } from './synthetic-images.js';

let root: string;
let pool: SamplePool;
let notes: string[];
beforeAll(async () => {
  root = await writeDataset({ train: 4 });
  pool = new SamplePool(2);
});
afterAll(async () => {
  await pool.close();
  await rm(root, { recursive: true });
});
beforeEach(() => {
  notes = [];
});
afterEach(() => rm(join(root, 'train', 'red', 'broken.png'), { force: true }));

const symmetry = { horizontalFlip: true, verticalFlip: true, rotations: true };
const recipe = {
  height: 8,
  width: 8,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  interpolation: 'bilinear',
  augment: { symmetry, erasing: 0.5 },
} as const;

async function source(limit = 1000): Promise<BatchSource> {
  const folder = await readImageFolder(join(root, 'train'));
  const unreadable = new UnreadableImages(limit, (note) => notes.push(note));
  return { folder, pool, recipe, batchSize: 5, seed: 3, unreadable };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const content = ({ image, labels }: ImageBatch) => [[...labels], [...image]];

describe('training batches', () => {
  it('come in an order that seed and epoch decide', () => {
    expect(epochOrder(1, 0, 50)).toEqual(epochOrder(1, 0, 50));
    expect(epochOrder(1, 1, 50)).not.toEqual(epochOrder(1, 0, 50));
    expect(epochOrder(2, 0, 50)).not.toEqual(epochOrder(1, 0, 50));
    expect(batchesPerEpoch(12, 5)).toBe(2);
  });

  it('are the same again, whatever thread finishes first, and continue from any batch', async () => {
    const all = await collect(trainingBatches(await source(), 0));
    expect(all.map(({ size }) => size)).toEqual([5, 5]);
    const again = await collect(trainingBatches(await source(), 0));
    expect(again.map(content)).toEqual(all.map(content));
    const rest = await collect(trainingBatches(await source(), 0, 1));
    expect(rest.map(content)).toEqual([content(all[1]!)]);
    const next = await collect(trainingBatches(await source(), 1));
    expect(next.map(content)).not.toEqual(all.map(content));
  });

  it('carry the labels of their images: the brightest channel tells the class', async () => {
    for (const { size, image, labels } of await collect(trainingBatches(await source(), 0))) {
      for (let row = 0; row < size; row++) {
        const means = [0, 1, 2].map((channel) => {
          const plane = image.subarray((row * 3 + channel) * 64, (row * 3 + channel + 1) * 64);
          // Erased pixels are noise; the middle one of the others tells the colour.
          return [...plane].sort((a, b) => a - b)[32]!;
        });
        expect(means.indexOf(Math.max(...means))).toBe([2, 1, 0][labels[row]!]);
      }
    }
  });

  it('go on with the next image where one cannot be read, and say so once', async () => {
    await writeFile(join(root, 'train', 'red', 'broken.png'), 'not an image');
    const batches = await collect(trainingBatches(await source(), 0));
    await collect(trainingBatches(await source(), 1));
    expect(batches.map(({ size }) => size)).toEqual([5, 5]);
    const broken = notes.filter((note) => note.includes('broken.png'));
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.length).toBeLessThanOrEqual(2);
  });
});

describe('evaluation batches', () => {
  it('visit every image once in order, the last batch being smaller', async () => {
    const batches = await collect(evaluationBatches(await source()));
    expect(batches.map(({ size }) => size)).toEqual([5, 5, 2]);
    const visited = batches.flatMap(({ images }) => images.map(({ path }) => path));
    expect(visited).toEqual((await source()).folder.images.map(({ path }) => path));
  });

  it('leave out an unreadable image and report it', async () => {
    await writeFile(join(root, 'train', 'red', 'broken.png'), 'not an image');
    const batches = await collect(evaluationBatches(await source()));
    expect(batches.map(({ size }) => size)).toEqual([5, 5, 2]);
    expect(notes).toEqual([expect.stringContaining('broken.png')]);
  });
});

describe('UnreadableImages', () => {
  it('tolerates one file, counts each once, and stops above one percent', () => {
    const few = new UnreadableImages(10, () => undefined);
    few.add('a.jpg', 'cut');
    few.add('a.jpg', 'cut');
    expect(() => few.add('b.jpg', 'cut')).toThrow(/2 of 10 images cannot be read/);
    const many = new UnreadableImages(300, () => undefined);
    for (const path of ['a', 'b', 'c']) many.add(path, 'cut');
    expect(() => many.add('d', 'cut')).toThrow(/4 of 300/);
  });
});
