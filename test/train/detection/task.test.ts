import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { detectorConfigSchema } from '../../../models/detector-config.js';
import type { Preprocessing } from '../../../src/image/preprocessing.js';
import { cellCount, cellGrids } from '../../../src/train/detection/assign-targets.js';
import { detectionConfigSchema } from '../../../src/train/detection/config.js';
import { readDetectionSplits } from '../../../src/train/detection/splits.js';
import { DetectionTask } from '../../../src/train/detection/task.js';
import type { TaskBatch } from '../../../src/train/task.js';
import type { WrittenScenes } from './detection-scenes.js';
import { writeScenes } from './detection-scenes.js';

const preprocessing: Preprocessing = {
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  interpolation: 'bicubic',
  imageSize: [64, 64],
  resize: { mode: 'none' },
};
const model = detectorConfigSchema.parse({
  type: 'detector',
  backbone: { type: 'vit', patch: 8, width: 12, depth: 1, heads: 2, classes: 1, imageSize: [64, 64] },
  head: { strides: [4, 8] },
  classes: 2,
});
const cells = cellCount(cellGrids(model.head.strides, 64, 64));

let scenes: WrittenScenes;
let task: DetectionTask | undefined;
const notes: string[] = [];

beforeAll(async () => {
  scenes = await writeScenes(6, { width: 192, height: 96, density: 1 });
});
afterAll(() => rm(scenes.folder, { recursive: true }));
afterEach(() => task?.close());

async function open(changes: object = {}): Promise<DetectionTask> {
  const config = detectionConfigSchema.parse({
    task: 'detection',
    data: { labels: scenes.path },
    validation: { labels: scenes.path },
    model: 'none',
    imageSize: [64, 64],
    window: 96,
    epochs: 1,
    batchSize: 2,
    optimiser: { learningRate: 1e-3 },
    out: 'none',
    seed: 3,
    ...changes,
  });
  await task?.close();
  notes.length = 0;
  task = new DetectionTask(config, await readDetectionSplits(config), model, preprocessing, (line) => {
    notes.push(line);
  });
  return task;
}

async function batchesOf(
  from: DetectionTask,
  epoch: number,
  first: number,
  last: number,
): Promise<TaskBatch[]> {
  const batches: TaskBatch[] = [];
  for await (const batch of from.batches(epoch, first, last)) batches.push(batch);
  return batches;
}

describe('DetectionTask', () => {
  it('gives images and targets of the head’s cells, the same for the same place in a run', async () => {
    const first = await open();
    const batches = await batchesOf(first, 0, 0, 4);
    for (const { size, image, targets } of batches) {
      expect([size, image.length]).toEqual([2, 2 * 3 * 64 * 64]);
      expect(targets.classes!.length).toBe(2 * cells * 2);
      expect(targets.boxes!.length).toBe(2 * cells * 4);
      expect(targets.counted!.length).toBe(2 * cells);
    }
    const positives = batches.flatMap(({ targets }) => [...targets.classes!]).filter((value) => value === 1);
    expect(positives.length).toBeGreaterThan(10);
    expect(await batchesOf(first, 0, 2, 4)).toEqual(batches.slice(2));
    expect((await batchesOf(first, 1, 0, 1))[0]).not.toEqual(batches[0]);
    expect(await batchesOf(await open({ seed: 4 }), 0, 0, 4)).not.toEqual(batches);
  });

  it('makes mosaics of four windows where the configuration says so', async () => {
    const labels = await writeShades([0, 50, 100, 150, 200, 250]);
    const shadesOf = (batches: readonly TaskBatch[]) =>
      batches.map(({ image }) => new Set(image.subarray(0, 64 * 64)).size);
    const settings = { data: { labels }, validation: { labels }, batchSize: 1, seed: 8 };
    const never = await open({ ...settings, augment: { mosaic: 0 } });
    expect(shadesOf(await batchesOf(never, 0, 0, 6))).toEqual([1, 1, 1, 1, 1, 1]);
    const always = await batchesOf(await open({ ...settings, augment: { mosaic: 1 } }), 0, 0, 6);
    // Four are drawn of six, so now and then one of them twice.
    expect(Math.min(...shadesOf(always))).toBeGreaterThan(1);
    expect(Math.max(...shadesOf(always))).toBe(4);
    expect(await batchesOf(task!, 0, 4, 6)).toEqual(always.slice(4));
  });

  it('shows a window that is repeated differently each time', async () => {
    // One image of six has nothing but a bus: it comes two or three times.
    const labels = {
      ...scenes.labels,
      categories: [...scenes.labels.categories, { id: 9, name: 'bus' }],
      annotations: [
        ...scenes.labels.annotations.filter(({ image_id }) => image_id !== 2),
        { id: 999, image_id: 2, category_id: 9, bbox: [30, 30, 36, 36] as const },
      ],
    };
    const path = join(scenes.folder, 'bus.json');
    await writeFile(path, JSON.stringify(labels));
    const changes = { data: { labels: path }, balance: 1, batchSize: 1 };
    const batches = await batchesOf(await open(changes), 0, 0, 14);
    // The third class of three is set in some cell.
    const isBus = ({ targets }: TaskBatch) =>
      targets.classes!.some((value, at) => at % 3 === 2 && value === 1);
    const buses = batches.filter(isBus);
    expect(buses.length).toBeGreaterThan(1);
    expect(buses[1]!.image).not.toEqual(buses[0]!.image);
  });

  it('goes on without an image that cannot be read, and names that one', async () => {
    const labels = {
      ...scenes.labels,
      images: scenes.labels.images.map((image) =>
        image.id === 1 ? { ...image, file_name: 'broken.png' } : image,
      ),
    };
    await writeFile(join(scenes.folder, 'broken.png'), 'no image');
    const path = join(scenes.folder, 'broken.json');
    await writeFile(path, JSON.stringify(labels));
    const opened = await open({ data: { labels: path }, augment: { mosaic: 0.5 } });
    const batches = await batchesOf(opened, 0, 0, 6);
    expect(batches).toHaveLength(6);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/Skipped an image\..*broken\.png/);
  });

  it('validates at 1 what finds everything, at 0 what finds nothing, whatever the classes', async () => {
    const opened = await open({ imageSize: [96, 96] });
    const { validation } = await readDetectionSplits(
      detectionConfigSchema.parse({
        ...{ task: 'detection', data: { labels: scenes.path }, validation: { labels: scenes.path } },
        ...{ model: 'none', imageSize: [96, 96], window: 96, epochs: 1, batchSize: 1, out: 'none' },
        optimiser: { learningRate: 1 },
      }),
    );
    // Windows are predicted in their order; boxes are of the image, its windows begin at 0 and 96.
    let next = 0;
    const truth = async () => {
      const { image, window } = validation[next++]!;
      const objects = image.objects.filter(({ box }) => Math.floor(box[0] / 96) * 96 === window.left);
      const boxes = objects.flatMap(({ box }) =>
        box.map((edge, at) => edge - (at % 2 === 0 ? window.left : 0)),
      );
      const count = objects.length;
      return {
        boxes: { data: Float32Array.from(boxes), shape: [1, count, 4] },
        scores: { data: new Float32Array(count).fill(0.9), shape: [1, count] },
        classes: { data: new Float32Array(count).fill(1), shape: [1, count] },
      };
    };
    expect(await opened.validate(truth)).toMatchObject({ score: 1, loss: 0, operatingPoint: { recall: 1 } });
    const none = { data: new Float32Array(0), shape: [1, 0] };
    const nothing = async () => ({ boxes: none, scores: none, classes: none });
    expect(await opened.validate(nothing)).toEqual({ score: 0, loss: 1 });
  });
});

/** Writes images of one grey each, with an object in the middle, and gives the path of their labels. */
async function writeShades(shades: readonly number[]): Promise<string> {
  for (const [id, grey] of shades.entries()) {
    const background = { r: grey, g: grey, b: grey };
    const image = sharp({ create: { width: 96, height: 96, channels: 3, background } });
    await image.toFile(join(scenes.folder, `grey-${id}.png`));
  }
  const labels = {
    images: shades.map((_, id) => ({ id, file_name: `grey-${id}.png`, width: 96, height: 96 })),
    categories: [{ id: 0, name: 'middle' }],
    annotations: shades.map((_, id) => ({ id, image_id: id, category_id: 0, bbox: [38, 38, 20, 20] })),
  };
  const path = join(scenes.folder, 'grey.json');
  await writeFile(path, JSON.stringify(labels));
  return path;
}
