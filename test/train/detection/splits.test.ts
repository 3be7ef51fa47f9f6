import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingWindow } from '../../../datasets/annotations/windows.js';
import type { DetectionConfig } from '../../../src/train/detection/config.js';
import { detectionConfigSchema } from '../../../src/train/detection/config.js';
import { readDetectionSplits } from '../../../src/train/detection/splits.js';

let folder: string;

interface Labels {
  readonly images?: readonly object[];
  readonly categories?: readonly { id: number; name: string }[];
  readonly annotations?: readonly object[];
}

const images = Array.from({ length: 10 }, (_, id) => {
  return { id, file_name: `${id}.png`, width: 200, height: 100 };
});
const categories = [
  { id: 1, name: 'bicycle' },
  { id: 2, name: 'car' },
  { id: 3, name: 'bus' },
];
/** A car in each image; a bus in image 0. */
const annotations = [
  ...images.map(({ id }) => ({ id, image_id: id, category_id: 2, bbox: [10, 10, 20, 20] })),
  { id: 10, image_id: 0, category_id: 3, bbox: [150, 50, 30, 30] },
];

async function write(name: string, labels: Labels): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify({ images, categories, annotations, ...labels }));
  return path;
}

function configOf(labels: string, changes: object = {}): DetectionConfig {
  return detectionConfigSchema.parse({
    task: 'detection',
    data: { labels },
    validationShare: 0.3,
    model: 'none',
    imageSize: [64, 64],
    window: 100,
    epochs: 1,
    batchSize: 1,
    optimiser: { learningRate: 1e-3 },
    out: 'none',
    ...changes,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-splits-'));
});
afterAll(() => rm(folder, { recursive: true }));

const pathsOf = (windows: readonly TrainingWindow[]) => new Set(windows.map(({ image }) => image.path));

describe('readDetectionSplits', () => {
  it('holds images back by the seed, and leaves out labels without objects', async () => {
    const path = await write('labels.json', {});
    const splits = await readDetectionSplits(configOf(path));
    expect(splits).toMatchObject({ labels: ['car', 'bus'], trainingImages: 7, validationImages: 3 });
    const [training, validation] = [pathsOf(splits.training), pathsOf(splits.validation)];
    expect([training.size, validation.size]).toEqual([7, 3]);
    expect([...training].filter((image) => validation.has(image))).toEqual([]);
    expect(await readDetectionSplits(configOf(path))).toEqual(splits);
    const others = await Promise.all(
      [1, 2, 3].map(async (seed) =>
        pathsOf((await readDetectionSplits(configOf(path, { seed }))).validation),
      ),
    );
    expect(others.some((other) => [...other].some((image) => training.has(image)))).toBe(true);
  });

  it('cuts training images as told, and validates on every pixel', async () => {
    const path = await write('labels.json', {});
    const { training, validation } = await readDetectionSplits(configOf(path, { keepEmpty: 0 }));
    // Of two windows an image, only those with objects.
    expect(training.every(({ window }) => window.width === 100)).toBe(true);
    expect(training.filter(({ window }) => window.left > 0).length).toBeLessThanOrEqual(1);
    // 64 x 64 on 200 x 100: four columns, two rows.
    expect(validation).toHaveLength(3 * 4 * 2);
  });

  it('leaves stretched images whole', async () => {
    const path = await write('labels.json', {});
    const changes = { resize: 'stretch', window: undefined };
    const { training, validation } = await readDetectionSplits(configOf(path, changes));
    for (const { window } of [...training, ...validation]) {
      expect(window).toEqual({ left: 0, top: 0, width: 200, height: 100 });
    }
    expect([training.length, validation.length]).toEqual([7, 3]);
  });

  it('repeats windows with rare classes', async () => {
    const path = await write('labels.json', {});
    const validation = { labels: await write('validation.json', {}) };
    const plain = await readDetectionSplits(configOf(path, { validation }));
    expect(new Set(plain.repeats)).toEqual(new Set([1]));
    const splits = await readDetectionSplits(configOf(path, { validation, balance: 0.5 }));
    for (const [index, { image, window }] of splits.training.entries()) {
      // The bus is in one window of `count`: the root of a half over its share.
      const hasBus = image.path.endsWith('0.png') && window.left === 100;
      expect(splits.repeats[index]).toBeCloseTo(hasBus ? Math.sqrt(0.5 * splits.training.length) : 1, 6);
    }
    expect(Math.max(...splits.repeats)).toBeGreaterThan(1.5);
  });

  it('matches the labels of a validation set by name', async () => {
    const path = await write('labels.json', {});
    const labels = await write('validation.json', {
      categories: [
        { id: 7, name: 'bus' },
        { id: 8, name: 'tractor' },
        { id: 9, name: 'car' },
      ],
      annotations: [7, 8, 9].map((category_id) => ({
        id: category_id,
        image_id: 0,
        category_id,
        bbox: [0, 0, 9, 9],
      })),
    });
    const { validation } = await readDetectionSplits(configOf(path, { validation: { labels } }));
    expect(validation[0]!.image.objects.map(({ label }) => label)).toEqual([1, 0]);
  });

  it('says when there is nothing to learn', async () => {
    const empty = await write('empty.json', { annotations: [] });
    await expect(readDetectionSplits(configOf(empty))).rejects.toThrow('no objects to learn from');
    const absent = configOf(join(folder, 'absent.json'));
    await expect(readDetectionSplits(absent)).rejects.toThrow(/absent\.json/);
  });
});

describe('detectionConfigSchema', () => {
  it('wants windows of images at full resolution, and none of stretched ones', () => {
    expect(() => configOf('a', { window: undefined })).toThrow(/how large the windows are/);
    expect(() => configOf('a', { resize: 'stretch' })).toThrow(/seen whole: leave out/);
    expect(() => configOf('a', { resize: 'stretch', window: undefined, overlap: 10 })).toThrow(/leave out/);
  });
});
