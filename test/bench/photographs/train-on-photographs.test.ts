import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPhotographResults } from '../../../bench/photographs/photograph-result.js';
import { trainOnPhotographs } from '../../../bench/photographs/train-on-photographs.js';
import { initialWeights } from '../../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../../models/model-config.js';
import { writeModelFolder } from '../../../src/checkpoint/model-folder.js';
import { centreCrop } from '../../../src/image/preprocessing.js';
import { classificationConfigSchema } from '../../../src/train/config.js';
import { syntheticClasses, writeDataset } from '../../datasets/synthetic-images.js';

let data: string;
let work: string;
beforeAll(async () => {
  data = await writeDataset({ train: 8, val: 2, test: 3 });
  work = await mkdtemp(join(tmpdir(), 'vil-photographs-'));
  const vit = { type: 'vit', patch: 8, width: 16, depth: 1, heads: 2, classes: 3, imageSize: [16, 16] };
  const config = modelConfigSchema.parse(vit);
  const weights = initialWeights(createModel(config), 1);
  const preprocessing = centreCrop([16, 16], 1, 'half');
  const model = { config, weights, labels: [...syntheticClasses], preprocessing };
  await writeModelFolder(join(work, 'start'), model, 'A test model.');
});
afterAll(async () => {
  for (const folder of [data, work]) await rm(folder, { recursive: true });
});

it('trains, scores the test split once and keeps the result', async () => {
  const config = classificationConfigSchema.parse({
    ...{ data, model: join(work, 'start'), out: join(work, 'runs', 'a'), imageSize: [16, 16] },
    ...{ epochs: 2, batchSize: 8, threads: 1, optimiser: { learningRate: 0.01 } },
  });
  const notes: string[] = [];
  let steps = 0;
  const reporter = { note: (line: string) => void notes.push(line), step: () => void steps++ };
  const options = { reporter, signal: new AbortController().signal };
  const result = await trainOnPhotographs('images-16', config, options);
  expect(result).toMatchObject({
    ...{ name: 'images-16', title: 'ViT, shrunk to 16', model: 'vit', imageSize: 24, inputSize: 16 },
    ...{ epochs: 2, trainImages: 48, validation: { images: 6 }, test: { images: 9 } },
  });
  // Multiples of a ninth: a share of the test images, not of others.
  expect((9 * result.test.accuracy) % 1).toBeCloseTo(0, 9);
  expect(steps).toBe(6);

  expect(await trainOnPhotographs('images-16', config, options)).toEqual(result);
  expect(steps).toBe(6);
  expect(notes.filter((line) => line === 'images-16')).toHaveLength(1);
});

it('the results that come with the sources can be read', async () => {
  for (const { test } of await readPhotographResults()) expect(test.images).toBeGreaterThan(0);
});
