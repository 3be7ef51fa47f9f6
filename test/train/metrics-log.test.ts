import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricsRecord } from '../../src/train/metrics-log.js';
import { appendMetrics, readMetrics, rewindMetrics } from '../../src/train/metrics-log.js';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-metrics-'));
  log = join(folder, 'metrics.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

function step(number: number): MetricsRecord {
  return { kind: 'step', step: number, epoch: 0, loss: 1, learningRate: 0.1, gradientNorm: 2, seconds: 1 };
}

const validation: MetricsRecord = {
  kind: 'validation',
  step: 2,
  epoch: 0,
  loss: 0.5,
  measure: 'accuracy',
  score: 0.75,
  seconds: 3,
};

describe('metrics log', () => {
  it('reads back what it wrote, one JSON object a line', async () => {
    for (const record of [step(1), step(2), validation]) await appendMetrics(log, record);
    expect(await readMetrics(log)).toEqual([step(1), step(2), validation]);
    expect((await readFile(log, 'utf8')).trimEnd().split('\n')).toHaveLength(3);
  });

  it('is empty before the first line and forgives a line cut short', async () => {
    expect(await readMetrics(log)).toEqual([]);
    await appendMetrics(log, step(1));
    await appendFile(log, '{"kind":"step","st');
    expect(await readMetrics(log)).toEqual([step(1)]);
  });

  it('is cut back to the step of a checkpoint', async () => {
    for (const record of [step(1), step(2), validation, step(3)]) await appendMetrics(log, record);
    await appendFile(log, '{"kind":"step","st');
    await rewindMetrics(log, 2, 1);
    expect(await readMetrics(log)).toEqual([step(1), step(2), validation]);
    expect(await readdir(folder)).toEqual(['metrics.jsonl']);
  });

  it('loses a validation that the checkpoint does not contain, which is repeated', async () => {
    for (const record of [step(1), step(2), validation]) await appendMetrics(log, record);
    await rewindMetrics(log, 2, 0);
    expect(await readMetrics(log)).toEqual([step(1), step(2)]);
  });

  it('rounds to the precision of float32', async () => {
    await appendMetrics(log, { ...validation, loss: 1 / 3 });
    expect(await readFile(log, 'utf8')).toContain('"loss":0.3333333,');
  });
});
