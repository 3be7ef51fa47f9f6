import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCoco } from '../../../datasets/annotations/coco.js';
import { UnreadableImages } from '../../../datasets/batches.js';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { loadDetector } from '../../../src/detect/load.js';
import { cocoMetrics } from '../../../src/evaluate/coco-metrics/coco-metrics.js';
import { detectInSet, findInWhole } from '../../../src/evaluate/evaluate-detector.js';
import type { Progress } from '../../../src/train/checkpoint.js';
import type { WrittenScenes } from './detection-scenes.js';
import { writeScenes } from './detection-scenes.js';
import { trainTinyDetector, writeTinyBackbone } from './tiny-detector.js';

// Training takes seconds on an idle machine, and there is always other work.
const patience = 120_000;

let scenes: WrittenScenes;
/** The same images, listed ten times: an epoch is then worth its validation. */
let tenfold: string;
let model: string;

beforeAll(async () => {
  scenes = await writeScenes(4, { width: 192, height: 96, density: 1 });
  const { images, annotations } = scenes.labels;
  const times = Array.from({ length: 10 }, (_, time) => time);
  tenfold = join(scenes.folder, 'tenfold.json');
  await writeFile(
    tenfold,
    JSON.stringify({
      ...scenes.labels,
      images: times.flatMap((time) => images.map((image) => ({ ...image, id: 4 * time + image.id }))),
      annotations: times.flatMap((time) =>
        annotations.map((each) => ({
          ...each,
          id: 100 * time + each.id,
          image_id: 4 * time + each.image_id,
        })),
      ),
    }),
  );
  model = join(scenes.folder, 'model');
  await writeTinyBackbone(model);
});
afterAll(() => rm(scenes.folder, { recursive: true }));

function train(out: string, changes: object): Promise<Progress> {
  const data = { data: { labels: tenfold }, validation: { labels: scenes.path } };
  return trainTinyDetector({ ...data, model, out, ...changes });
}

/** What `vil evaluate` says of a model on the scenes. */
async function scoresOf(folder: string, threshold: number) {
  const detector = await loadDetector(folder, { threads: 1 });
  try {
    const unreadable = new UnreadableImages(4, () => undefined);
    const { set, found } = await detectInSet(await readCoco(scenes.path), findInWhole(detector, threshold), {
      unreadable,
    });
    return { apart: cocoMetrics(set, found), asOne: cocoMetrics(set, found, { classAgnostic: true }) };
  } finally {
    await detector.close();
  }
}

it(
  'learns four scenes by heart: where things are and what they are',
  async () => {
    const out = join(scenes.folder, 'by-heart');
    const { best } = await train(out, {});
    const { apart, asOne } = await scoresOf(join(out, 'best'), 0.02);
    expect(apart.AP50).toBeGreaterThan(0.9);
    expect(asOne.AP50).toBeGreaterThan(0.9);
    // The run's own validation counts by the same rules.
    expect(best).toMatchObject({ measure: 'AP50', score: expect.closeTo(asOne.AP50, 3) });
  },
  patience,
);

it(
  'sees images stretched alike when it trains, validates and is used, and says so in the model',
  async () => {
    const out = join(scenes.folder, 'stretched');
    const changes = { resize: 'stretch', window: undefined, imageSize: [96, 96], epochs: 4 };
    const { best } = await train(out, changes);
    const { preprocessing } = await readModelFolder(join(out, 'best'));
    expect(preprocessing).toMatchObject({ resize: { mode: 'stretch' }, imageSize: [96, 96] });
    const { asOne } = await scoresOf(join(out, 'best'), 0.02);
    // A model that has learned something, whose boxes are in pixels of the images.
    expect(asOne.AP50).toBeGreaterThan(0.1);
    expect(best!.score).toBeCloseTo(asOne.AP50, 3);
  },
  patience,
);
