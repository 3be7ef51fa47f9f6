import '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../models/model-config.js';
import { createModel } from '../../models/model-config.js';
import { checkWeights } from '../../src/checkpoint/check-weights.js';
import { resizeVitPositions } from '../../src/checkpoint/vit-checkpoint.js';
import { vitToLongformer } from '../../src/checkpoint/vit-to-longformer.js';
import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { smallVit } from '../helpers/small-vit.js';

beforeEach(async () => {
  await tf.setBackend('cpu');
  tf.engine().startScope();
});
afterEach(() => tf.engine().endScope());

const vit = smallVit();

function logits(
  { config, weights }: { config: ModelConfig; weights: NamedArrays },
  height = 16,
  width = 16,
): Float32Array {
  const image: Tensor4D = tf.randomUniform([2, 3, height, width], -1, 1, 'float32', 5);
  const entries = Object.entries(weights).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data, [...shape]),
  ]);
  const parameters = Object.fromEntries(entries) as Record<string, Tensor>;
  return createModel(config).forward(parameters, image).logits.dataSync<'float32'>();
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));
}

describe('vitToLongformer', () => {
  const cases = [
    ['dense attention', {}],
    ['a window of the whole grid', { window: 4 }],
    ['chunks that all touch', { window: 2 }],
    ['shared global projections', { window: 4, shareGlobalProjections: true }],
  ] as const;
  it.each(cases)('computes what the transformer does with %s', (_, options) => {
    const converted = vitToLongformer(vit, options);
    checkWeights(converted.weights, createModel(converted.config).parameterShapes, 'converted');
    expect(largestDifference(logits(converted), logits(vit))).toBeLessThan(1e-5);
  });

  it('agrees at sizes that need interpolation of positions, not square ones too', () => {
    const converted = vitToLongformer(vit, { window: 6 });
    expect(largestDifference(logits(converted, 24, 20), logits(vit, 24, 20))).toBeLessThan(1e-5);
  });

  it('differs once tokens cannot see each other', () => {
    const converted = vitToLongformer(vit, { window: 1 });
    expect(largestDifference(logits(converted), logits(vit))).toBeGreaterThan(1e-3);
  });

  it('starts global projections as copies of the local ones', () => {
    const { weights } = vitToLongformer(vit, { window: 7 });
    for (const name of ['query', 'kv', 'proj']) {
      const local = weights[`layer1.1.attn.${name}.weight`];
      expect(weights[`layer1.1.attn.${name}_global.weight`]).toEqual(local);
    }
  });

  it('refuses windows that are none', () => {
    expect(() => vitToLongformer(vit, { window: 0 })).toThrow(/window must be a positive number/);
  });

  it('keeps MLPs of other widths', () => {
    const narrow = smallVit({ mlpRatio: 3 });
    const converted = vitToLongformer(narrow, { window: 4 });
    expect(converted.config.parts).toMatchObject({ hidden: 24 });
    expect(largestDifference(logits(converted), logits(narrow))).toBeLessThan(1e-5);
  });

  it('names no parts where they are those of a Vision Longformer', () => {
    expect(vitToLongformer(vit, { window: 4 }).config.parts).toBeUndefined();
  });
});

describe('resizeVitPositions', () => {
  it('gives what the model computes at run time', () => {
    const resized = resizeVitPositions(vit, [24, 20]);
    expect(resized.weights.pos_embed!.shape).toEqual([1, 31, 8]);
    expect(largestDifference(logits(resized, 24, 20), logits(vit, 24, 20))).toBeLessThan(1e-5);
  });

  it('wants whole patches', () => {
    expect(() => resizeVitPositions(vit, [18, 16])).toThrow(
      /18 x 16 must be a multiple of the model's patch, 4/,
    );
  });
});
