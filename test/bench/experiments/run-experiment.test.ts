import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Experiment, Stage } from '../../../bench/experiments/experiment.js';
import { readAllCurves, writeCurves } from '../../../bench/experiments/learning-curve.js';
import { readAllResults } from '../../../bench/experiments/read-results.js';
import { runExperiment } from '../../../bench/experiments/run-experiment.js';
import { generatorSchema } from '../../../datasets/generated/generator.js';

function stage(canvas: number, testImages?: number): Stage {
  const data = generatorSchema.parse({ generator: 'megapixel-mnist', canvas, digits: 1, noise: 0 });
  const size = { epochs: 1, trainImages: 8, validationImages: 4, batchSize: 4 };
  return { data, ...size, learningRate: 1e-3, testImages };
}

const experiment: Experiment = {
  name: 'tiny-vit-32',
  title: 'ViT, shrunk to 32',
  seeds: [1],
  model: { type: 'vit', patch: 16, width: 16, depth: 1, heads: 2, imageSize: [32, 32] },
  view: 32,
  stages: [stage(32), stage(48, 6)],
  transfers: [{ data: stage(64).data, testImages: 5 }],
};

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'vil-experiment-'));
});
afterAll(() => rm(out, { recursive: true }));

/** Runs the experiment; returns its results and how many optimiser steps that took. */
async function run(stopAtStep?: number) {
  const interruption = new AbortController();
  let steps = 0;
  const reporter = {
    note: () => undefined,
    step: () => {
      steps++;
      if (steps === stopAtStep) interruption.abort('SIGINT');
    },
  };
  const running = runExperiment(experiment, { out, threads: 1, signal: interruption.signal, reporter });
  const results = await running.catch((reason: unknown) => reason);
  return { results, steps };
}

it('goes on where it was interrupted, and measures where it was not trained as well', async () => {
  // Two stages of two steps each: interrupted within the second.
  expect(await run(3)).toEqual({ results: 'SIGINT', steps: 3 });
  expect(await readAllResults([join(out, 'results')])).toEqual([]);

  const { results, steps } = await run();
  expect(steps).toBe(1);
  expect(results).toMatchObject([
    { name: 'tiny-vit-32', canvas: 48, inputSize: 32, testImages: 6, steps: 4, trainImages: 16 },
    { canvas: 64, inputSize: 32, testImages: 5, trainedCanvas: 48, steps: 4 },
  ]);
  expect(results).not.toHaveProperty([0, 'trainedCanvas']);
  const files = ['tiny-vit-32-48-seed1.json', 'tiny-vit-32-64-seed1.json'];
  expect(await readdir(join(out, 'results'))).toEqual(files);

  expect(await run()).toEqual({ results, steps: 0 });
});

it('leaves the curves of its stages beside the results', async () => {
  await writeCurves(experiment, out);
  const [curve] = await readAllCurves([join(out, 'results')]);
  expect(curve).toMatchObject({ name: 'tiny-vit-32', seed: 1, stages: [{ canvas: 32 }, { canvas: 48 }] });
});
