import { expect, it } from 'vitest';
import { findRow } from '../../../bench/rows.js';
import type { ScalingRow } from '../../../src/benchmark/scaling/scaling-row.js';
import { costOf } from '../../../src/benchmark/scaling/scaling-row.js';

async function costOfRow(name: string) {
  return costOf(((await findRow(name)) as ScalingRow).cell);
}

it('is that of the side measured, not of the side the model learned on', async () => {
  const [trained, larger] = [
    await costOfRow('experiment-megapixel-longest-vil-onnx-384'),
    await costOfRow('experiment-megapixel-longest-vil-onnx-1536'),
  ];
  // Patches of 4, then stages of half the side: 96^2 + 48^2 + 24^2 tokens and a global one, and 16 times as many.
  expect(trained.tokens).toBe(96 ** 2 + 48 ** 2 + 24 ** 2 + 1);
  expect(larger.tokens).toBe(16 * (trained.tokens! - 1) + 1);
  expect(larger.flops! / trained.flops!).toBeCloseTo(16, 0);
  expect(larger.parameters).toBe(trained.parameters);
});

it('is that of what a model sees that shrinks images', async () => {
  const [small, large] = [await costOfRow('vit-224-onnx-1024'), await costOfRow('vit-224-onnx-4096')];
  expect(large).toEqual({ ...small, pixels: 16 * small.pixels! });
});
