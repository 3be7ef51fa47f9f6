import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { MetricsRecord } from '../../src/train/metrics-log.js';
import { plotCurves, smoothSteps, wholeTicks } from '../../src/train/plot.js';

function step(number: number, loss: number) {
  const rest = { epoch: 0, learningRate: 1e-3, gradientNorm: 1, seconds: 1 };
  return { kind: 'step', step: number, loss, ...rest } as const;
}

it('averages the losses of neighbouring steps when there are many', () => {
  const steps = [1, 2, 3, 4, 5].map((number) => step(number, number));
  expect(smoothSteps(steps, 10).map(({ loss }) => loss)).toEqual([1, 2, 3, 4, 5]);
  expect(smoothSteps(steps, 3)).toEqual([
    { step: 2, loss: 1.5 },
    { step: 4, loss: 3.5 },
    { step: 5, loss: 5 },
  ]);
});

it('draws losses and accuracy as SVG and PNG', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vil-plot-'));
  const records: MetricsRecord[] = Array.from({ length: 40 }, (_, index) => step(index + 1, 2 / (index + 1)));
  for (const epoch of [0, 1]) {
    const scores = { loss: 1 / (epoch + 1), measure: 'accuracy', score: 0.6 + 0.2 * epoch, seconds: 1 };
    records.push({ kind: 'validation', step: 20 * (epoch + 1), epoch, ...scores });
  }
  await plotCurves(folder, records);
  const svg = await readFile(join(folder, 'curves.svg'), 'utf8');
  for (const text of ['validation accuracy', 'loss', 'train', '80.0%']) expect(svg).toContain(text);
  const png = sharp(join(folder, 'curves.png'));
  const { width, height } = await png.metadata();
  expect(width).toBeGreaterThan(1000);
  expect(height).toBeGreaterThan(900);
  expect((await png.stats()).channels[0]!.stdev).toBeGreaterThan(5);
  await rm(folder, { recursive: true });
});

describe('wholeTicks', () => {
  it.each([
    [1, [0, 1]],
    [2, [0, 1, 2]],
    [7, [0, 2, 4, 6]],
    [88, [0, 20, 40, 60, 80]],
    [375, [0, 100, 200, 300]],
  ])('up to %i are %j', (last, ticks) => expect(wholeTicks(last)).toEqual(ticks));
});
