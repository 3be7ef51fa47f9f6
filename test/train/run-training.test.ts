import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initialWeights } from '../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import { lockFolder } from '../../src/base/lock-folder.js';
import { readModelFolder, writeModelFolder } from '../../src/checkpoint/model-folder.js';
import { centreCrop } from '../../src/image/preprocessing.js';
import type { TrainingConfig } from '../../src/train/config.js';
import { trainingConfigSchema } from '../../src/train/config.js';
import type { MetricsRecord } from '../../src/train/metrics-log.js';
import { readMetrics } from '../../src/train/metrics-log.js';
import { runTraining } from '../../src/train/run-training.js';
import { syntheticClasses, writeDataset } from '../datasets/synthetic-images.js';

let data: string;
let model: string;
let out: string;

beforeAll(async () => {
  data = await writeDataset({ train: 16, val: 4 });
  model = await mkdtemp(join(tmpdir(), 'vil-model-'));
  const config = modelConfigSchema.parse({
    type: 'vil',
    arch: 'l1,h2,d16,n1,s1,g1,p4,f2,a0_l2,h2,d16,n1,s1,g1,p2,f2,a1_l3,h2,d16,n1,s0,g1,p1,f2,a0',
    classes: 2,
    imageSize: [24, 24],
  });
  const weights = initialWeights(createModel(config), 1);
  await writeModelFolder(
    model,
    { config, weights, labels: ['cat', 'dog'], preprocessing: centreCrop([24, 24], 1, 'half') },
    'A test model.',
  );
});
afterAll(async () => {
  for (const folder of [data, model]) await rm(folder, { recursive: true });
});
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'vil-run-'));
});
afterEach(() => rm(out, { recursive: true }));

function configOf(changes: object = {}): TrainingConfig {
  return trainingConfigSchema.parse({
    ...{ data, model, out, imageSize: [24, 24], epochs: 4, batchSize: 8, dropPath: 0.1, threads: 1 },
    augment: { verticalFlip: true, rotations: true, cutmix: 1, mixProbability: 0.25 },
    optimiser: { learningRate: 0.005, warmupEpochs: 0.5, averageDecay: 0.7 },
    ...changes,
  });
}

interface Outcome {
  readonly notes: string[];
  readonly records: MetricsRecord[];
}

/** Trains until the end, or `stopAfter` steps. */
async function trainTiny(
  config: TrainingConfig,
  options: { fresh?: boolean; stopAfter?: number } = {},
): Promise<Outcome> {
  const notes: string[] = [];
  const controller = new AbortController();
  let steps = 0;
  const reporter = {
    note: (line: string) => notes.push(line),
    step: () => {
      steps += 1;
      if (steps === options.stopAfter) controller.abort();
    },
  };
  await runTraining(config, { fresh: options.fresh, signal: controller.signal, reporter });
  return { notes, records: await readMetrics(join(config.out, 'metrics.jsonl')) };
}

const withoutTimes = (records: readonly MetricsRecord[]) => records.map((each) => ({ ...each, seconds: 0 }));

describe('runTraining', () => {
  it('keeps a second run out of its folder, before that removes or writes anything', async () => {
    const config = configOf({ epochs: 1 });
    await trainTiny(config);
    const before = await readFile(join(out, 'metrics.jsonl'), 'utf8');
    const lock = await lockFolder(out, '');
    await expect(trainTiny(config, { fresh: true })).rejects.toThrow(`${out} is in use by process`);
    await lock.release();
    expect(await readFile(join(out, 'metrics.jsonl'), 'utf8')).toBe(before);
  });

  it('learns to tell colours and leaves the best model as a folder', async () => {
    const { records, notes } = await trainTiny(configOf());
    const validations = records.filter((record) => record.kind === 'validation');
    expect(validations).toHaveLength(4);
    expect(validations.at(-1)!.loss).toBeLessThan(0.8 * Math.log(3));
    const best = await readModelFolder(join(out, 'best'));
    expect(best.labels).toEqual(syntheticClasses);
    expect(best.preprocessing).toMatchObject({ imageSize: [24, 24], resize: { mode: 'stretch' } });
    expect(await readFile(join(out, 'best', 'README.md'), 'utf8')).toContain('12 validation images');
    for (const file of ['curves.png', 'curves.svg']) await access(join(out, file));
    expect(notes).toContain(
      `starting from the weights of ${model} with a new head: 3 classes instead of its 2`,
    );
  });

  it('continues after an interruption as if there had been none', async () => {
    const whole = await trainTiny(configOf({ epochs: 2 }));
    const part = await trainTiny(configOf({ epochs: 2 }), { fresh: true, stopAfter: 4 });
    expect(part.records.filter(({ kind }) => kind === 'step')).toHaveLength(4);
    const resumed = await trainTiny(configOf({ epochs: 2 }));
    expect(withoutTimes(resumed.records)).toEqual(withoutTimes(whole.records));
    expect(resumed.notes[1]).toMatch(/continuing after step 4/);
  });

  it('takes the same steps traced as eager', async () => {
    const settings = { epochs: 1, accumulation: 2, randomShift: true, randomShiftUntil: 0.5 };
    const traced = await trainTiny(configOf(settings));
    const eager = await trainTiny(configOf({ ...settings, engine: 'eager', backend: 'cpu' }), {
      fresh: true,
    });
    expect(traced.records).toHaveLength(eager.records.length);
    for (const [index, record] of eager.records.entries()) {
      expect(traced.records[index]).toMatchObject({ kind: record.kind, step: record.step });
      expect(traced.records[index]!.loss).toBeCloseTo(record.loss, 4);
    }
  });

  it('says what does not fit', async () => {
    await expect(trainTiny(configOf({ model: 'no-such-model' }))).rejects.toThrow(/no-such-model/);
    await expect(trainTiny(configOf({ validationSplit: 'absent' }))).rejects.toThrow(
      /absent: there is no such file or folder/,
    );
    await expect(trainTiny(configOf({ imageSize: [24, 20] }))).rejects.toThrow(/24 x 20.*multiples of 8/);
    await expect(trainTiny(configOf({ batchSize: 100 }))).rejects.toThrow(/batchSize/);
  });
});
