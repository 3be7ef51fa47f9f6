import '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { centreCrop } from '../../src/image/preprocessing.js';
import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import { tf } from '../../src/tensor/tensor.js';
import { loadCheckpoint, startOfRun } from '../../src/train/checkpoint.js';
import { ClassificationTask, readSplits } from '../../src/train/classification/task.js';
import { EagerEngine } from '../../src/train/engines/eager-engine.js';
import type { OptimiserState } from '../../src/train/engines/engine.js';
import { initialState } from '../../src/train/engines/engine.js';
import { train } from '../../src/train/loop.js';
import { metricsFile, readMetrics, rewindMetrics } from '../../src/train/metrics-log.js';
import { layerRates } from '../../src/train/optimiser/weight-decay.js';
import { planTraining } from '../../src/train/plan.js';
import { writeDataset } from '../datasets/synthetic-images.js';
import { tinyConfig } from './tiny-run.js';
import { toyModel, toyObjective, toyWeights } from './toy-model.js';

let data: string;
let out: string;
beforeAll(async () => {
  data = await writeDataset({ train: 6, val: 3 });
  await tf.setBackend('cpu');
});
afterAll(async () => {
  await rm(data, { recursive: true });
});
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'vil-run-'));
  return () => rm(out, { recursive: true });
});

interface Outcome {
  readonly state: OptimiserState;
  readonly notes: readonly string[];
  readonly best?: NamedArrays;
}

/** Runs until `stopAfter` steps in this part of the run, continuing from the checkpoint in `out` if there is one. */
async function runPart(stopAfter = Number.POSITIVE_INFINITY): Promise<Outcome> {
  const config = tinyConfig(data, out);
  const splits = await readSplits(config);
  const task = new ClassificationTask(
    config,
    splits,
    centreCrop(config.imageSize, 1, 'half'),
    () => undefined,
  );
  const plan = planTraining(config, splits.training.images.length);
  const saved = await loadCheckpoint(out, config);
  const start = saved?.progress ?? startOfRun;
  await rewindMetrics(join(out, metricsFile), start.step, start.validated);
  const rates = layerRates(Object.keys(toyModel.parameterShapes), [1], config.optimiser.layerDecay);
  const engine = new EagerEngine(
    {
      objective: toyObjective,
      blocks: 1,
      height: 2,
      width: 2,
      settings: { ...config.optimiser, rates },
    },
    saved?.state ?? initialState(toyWeights(1), true),
  );
  const controller = new AbortController();
  const notes: string[] = [];
  let best: NamedArrays | undefined;
  let steps = 0;
  const reporter = {
    note: (line: string) => notes.push(line),
    step: () => {
      steps += 1;
      if (steps === stopAfter) controller.abort();
    },
  };
  await train({
    ...{ config, plan, engine, task, blocks: 1, start, reporter },
    signal: controller.signal,
    keepBest: async (weights) => {
      best = weights;
    },
  });
  const state = await engine.state();
  await Promise.all([engine.close(), task.close()]);
  return { state, notes, best };
}

describe('train', () => {
  it('learns, validates after each epoch, and keeps the best weights', async () => {
    const { notes, best } = await runPart();
    const records = await readMetrics(join(out, metricsFile));
    const losses = records.filter((record) => record.kind === 'step').map(({ loss }) => loss);
    const validations = records.filter((record) => record.kind === 'validation');
    expect(losses).toHaveLength(6);
    expect(validations.map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(validations.at(-1)!.loss).toBeLessThan(validations[0]!.loss);
    expect(notes.filter((note) => note.includes('validation'))).toHaveLength(3);
    expect(best).toBeDefined();
  });

  it.each([1, 2, 3])('continues an interrupted run bit by bit (interrupted every %d steps)', async (part) => {
    const whole = await runPart();
    const wholeLog = await readMetrics(join(out, metricsFile));
    await rm(out, { recursive: true });
    out = await mkdtemp(join(tmpdir(), 'vil-run-'));
    for (let done = 0; done < 6; done += part) await runPart(part);
    const resumed = await runPart();
    expect(resumed.state).toEqual(whole.state);
    const timeless = (records: typeof wholeLog) => records.map((record) => ({ ...record, seconds: 0 }));
    expect(timeless(await readMetrics(join(out, metricsFile)))).toEqual(timeless(wholeLog));
  });
});
