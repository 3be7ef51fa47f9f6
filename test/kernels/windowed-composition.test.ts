import '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../../kernels/attention-op.js';
import { longformerAttention2d } from '../../kernels/longformer-attention.js';
import { type ChunkMode, NEIGHBOURS, type WindowRule } from '../../kernels/window-rules.js';
import { windowedAttention } from '../../kernels/windowed-composition.js';
import { useBackend } from '../../src/runtime/backends.js';
import { tf } from '../../src/tensor/tensor.js';
import { gradientsOf, largestDifference, randomAttentionInputs } from '../helpers/attention-inputs.js';
import { attentionSettings, SMALL_ATTENTION } from '../helpers/attention-settings.js';
import { denseOracle } from '../helpers/dense-oracle.js';

beforeAll(() => useBackend('wasm'));
afterAll(() => tf.disposeVariables());

const settings = attentionSettings({ heads: 2, side: 9 });

type Attention = (
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
) => ReturnType<typeof denseOracle>;

function expectAgreement(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): void {
  const run = (attention: Attention) => gradientsOf(inputs, (x) => attention(x, attrs));
  const [actual, expected] = [run(windowedAttention), run(denseOracle)];
  expect(largestDifference(actual.output, expected.output)).toBeLessThan(1e-5);
  for (const name of Object.keys(expected.gradients)) {
    const difference = largestDifference(actual.gradients[name]!, expected.gradients[name]!);
    expect(difference, `gradient of ${name}`).toBeLessThan(1e-4);
  }
}

describe('windowedAttention', () => {
  it('equals the dense oracle, outputs and gradients, over random settings and grids', () => {
    fc.assert(
      fc.property(settings, fc.boolean(), fc.nat(), (attrs, hasBias, seed) => {
        tf.tidy(() => expectAgreement(randomAttentionInputs(attrs, { hasBias, seed }), attrs));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it.each(NEIGHBOURS)('takes the %s neighbour as a one-hot tensor or as the mode', (mode) => {
    tf.tidy(() => {
      const attrs = { ...SMALL_ATTENTION, mode: 'all' as const };
      const index = NEIGHBOURS.indexOf(mode);
      const inputs = randomAttentionInputs(attrs, { hasBias: true, seed: index });
      const randomShift = tf.oneHot(index, 8).toFloat();
      const drawn = gradientsOf(inputs, (x) => windowedAttention({ ...x, randomShift }, attrs));
      const fixed = gradientsOf(inputs, (x) => windowedAttention(x, { ...attrs, mode }));
      expect(largestDifference(drawn.output, fixed.output)).toBeLessThan(1e-6);
      for (const name of Object.keys(fixed.gradients)) {
        expect(largestDifference(drawn.gradients[name]!, fixed.gradients[name]!)).toBeLessThan(1e-5);
      }
    });
  });

  it('has the gradients that finite differences show', () => {
    tf.tidy(() => {
      const attrs = { ...SMALL_ATTENTION, rows: 5, columns: 3, window: 2 };
      const inputs = randomAttentionInputs(attrs, { hasBias: true, seed: 3 });
      const { gradients } = gradientsOf(inputs, (x) => windowedAttention(x, attrs));
      const weights = gradientsOf.upstream([2, attrs.globals + 15, 8]);
      for (const name of Object.keys(gradients) as (keyof LongformerAttentionInputs)[]) {
        const value = inputs[name]!;
        const direction = tf.randomNormal(value.shape, 0, 1, 'float32', 9);
        const lossAt = (step: number) => {
          const moved = { ...inputs, [name]: tf.add(value, tf.mul(direction, step)) };
          return tf.sum(tf.mul(windowedAttention(moved, attrs), weights)).dataSync()[0]!;
        };
        const numeric = (lossAt(1e-2) - lossAt(-1e-2)) / 2e-2;
        const analytic = tf.sum(tf.mul(gradients[name]!, direction)).dataSync()[0]!;
        expect(Math.abs(numeric - analytic), name).toBeLessThan(2e-2 * Math.max(1, Math.abs(analytic)));
      }
    });
  });

  it('leaves nothing but its output in memory', () => {
    const inputs = randomAttentionInputs(SMALL_ATTENTION, { hasBias: true, seed: 5 });
    const before = tf.memory().numTensors;
    const output = longformerAttention2d(inputs, SMALL_ATTENTION);
    expect(tf.memory().numTensors).toBe(before + 1);
    output.dispose();
    gradientsOf(inputs, (x) => longformerAttention2d(x, SMALL_ATTENTION)).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(inputs));
  });
});

describe('longformerAttention2d', () => {
  const inputs = () => randomAttentionInputs(SMALL_ATTENTION, { hasBias: true, seed: 0 });

  it.each([
    [{ rows: 6 }, /query: shape \[2,40,8\] should be \[2,48,8\]/],
    [{ window: 2 }, /localBias: shape \[121,2\] should be \[49,2\]/],
    [{ globals: 1 }, /key: shape/],
    [{ heads: 3 }, /query: width 8 is not a multiple of the 3 heads/],
    [{ mode: 9 as unknown as ChunkMode }, /mode must be one of "all", "own", "top left".*: 9/],
    [{ exact: 'near' as WindowRule }, /exact must be one of "chunks", "distance", "cyclic": near/],
    [
      { exact: 'distance' as const, mode: 'top' as const },
      /exact "distance" is defined over all nine chunks/,
    ],
    [{ rows: 0 }, /rows must be a whole number from 1: 0/],
  ])('refuses %j', (change, message) => {
    tf.tidy(() => {
      expect(() => longformerAttention2d(inputs(), { ...SMALL_ATTENTION, ...change })).toThrow(message);
    });
  });

  it('refuses bias tables for the local tokens alone when there are global ones', () => {
    tf.tidy(() => {
      const incomplete = { ...inputs(), globalGlobalBias: undefined };
      expect(() => longformerAttention2d(incomplete, SMALL_ATTENTION)).toThrow(/globalGlobalBias: needed/);
    });
  });
});
