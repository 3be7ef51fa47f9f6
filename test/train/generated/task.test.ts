import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialWeights } from '../../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../../models/model-config.js';
import { readModelFolder, writeModelFolder } from '../../../src/checkpoint/model-folder.js';
import { centreCrop } from '../../../src/image/preprocessing.js';
import type { GeneratedConfig } from '../../../src/train/config.js';
import { trainingConfigSchema } from '../../../src/train/config.js';
import { GeneratedTask } from '../../../src/train/generated/task.js';
import { readMetrics } from '../../../src/train/metrics-log.js';
import { runTraining } from '../../../src/train/run-training.js';

let root: string;
const preprocessing = centreCrop([32, 32], 1, 'half');
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vil-generated-'));
  const arch = 'l1,h1,d16,n1,s1,g0,p8,f2,a0_l2,h2,d16,n1,s1,g1,p2,f2,a1';
  const config = modelConfigSchema.parse({ type: 'vil', arch, classes: 1, imageSize: [32, 32] });
  const weights = initialWeights(createModel(config), 1);
  const folder = { config, weights, labels: ['none'], preprocessing };
  await writeModelFolder(join(root, 'start'), folder, 'Untrained.');
});
afterAll(() => rm(root, { recursive: true }));

function configOf(changes: object): GeneratedConfig {
  return trainingConfigSchema.parse({
    ...{ task: 'generated', model: join(root, 'start'), weights: 'random', out: join(root, 'run') },
    data: { generator: 'megapixel-mnist', canvas: 32, digits: 1, noise: 0 },
    ...{ trainImages: 64, validationImages: 20, imageSize: [32, 32], epochs: 2, batchSize: 16, threads: 1 },
    optimiser: { learningRate: 2e-3 },
    ...changes,
  }) as GeneratedConfig;
}

describe('a run on generated images', () => {
  it('lowers the loss and writes a model that knows its questions', async () => {
    const notes: string[] = [];
    const reporter = { note: (line: string) => notes.push(line), step: () => undefined };
    const config = configOf({ epochs: 3, trainImages: 320 });
    const { best } = await runTraining(config, { signal: new AbortController().signal, reporter });
    expect(best!.measure).toBe('mean accuracy');
    expect(notes.join('\n')).toMatch(/majority [\d.]+ %, max [\d.]+ %, top [\d.]+ %, multi [\d.]+ %/);
    const steps = (await readMetrics(join(root, 'run', 'metrics.jsonl'))).filter(
      ({ kind }) => kind === 'step',
    );
    const [first, last] = [steps.slice(0, 10), steps.slice(-10)].map((records) =>
      records.reduce((sum, { loss }) => sum + loss, 0),
    );
    expect(last!).toBeLessThan(0.95 * first!);
    const { tasks, labels, preprocessing: shipped } = await readModelFolder(join(root, 'run', 'best'));
    expect(tasks!.map(({ name, kind }) => [name, kind])).toEqual([
      ['majority', 'single'],
      ['max', 'single'],
      ['top', 'single'],
      ['multi', 'multi'],
    ]);
    expect(labels).toHaveLength(40);
    expect(shipped.resize).toEqual({ mode: 'none' });
  });

  it('continues an epoch with the very images that were next', async () => {
    const task = new GeneratedTask(configOf({}), preprocessing, () => undefined);
    const collect = async (from: number, to: number) => {
      const targets: number[] = [];
      for await (const batch of task.batches(1, from, to)) targets.push(...batch.targets.target!);
      return targets;
    };
    const [whole, rest] = [await collect(0, 4), await collect(2, 4)];
    expect(rest).toEqual(whole.slice(whole.length / 2));
    await task.close();
  });

  it.each([
    [{ data: { generator: 'megapixel-mnist', canvas: 64 } }, /room/],
    [{ data: { generator: 'tetris', canvas: 64 } }, /data/],
    [{ task: 'juggling' }, /task/],
  ])('refuses %j', (changes, message) => {
    expect(() => configOf(changes)).toThrow(message);
  });
});
