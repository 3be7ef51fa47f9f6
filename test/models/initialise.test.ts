import { describe, expect, it } from 'vitest';
import type { ImageModel } from '../../models/image-model.js';
import { initialWeights } from '../../models/initialise.js';

const model: ImageModel = {
  config: {},
  stride: 4,
  parameterShapes: {
    'layer1.0.proj.weight': [64, 3, 4, 4],
    'layer1.0.proj.bias': [64],
    'layer1.0.cls_pos_embed': [1, 0, 64],
    'layer1.0.norm_embed.weight': [64],
    'layer1.0.norm_embed.bias': [64],
    'layer1.1.attn.proj.weight': [64, 64],
    'layer1.1.attn.proj.bias': [64],
    'layer1.1.attn.local_relative_position_bias_table': [81, 2],
  },
  forward: () => {
    throw new Error('not needed');
  },
};

function moments(data: Float32Array): { mean: number; deviation: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const square = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return { mean, deviation: Math.sqrt(square) };
}

describe('initialWeights', () => {
  const weights = initialWeights(model, 7);

  it('has every tensor in its shape', () => {
    const shapes = Object.entries(weights).map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual(model.parameterShapes);
    expect(weights['layer1.0.cls_pos_embed']!.data).toHaveLength(0);
  });

  it('draws linear weights and tables from a normal distribution of deviation 0.02', () => {
    const { mean, deviation } = moments(weights['layer1.1.attn.proj.weight']!.data);
    expect(Math.abs(mean)).toBeLessThan(0.001);
    expect(deviation).toBeCloseTo(0.02, 3);
    expect(moments(weights['layer1.1.attn.local_relative_position_bias_table']!.data).deviation).toBeCloseTo(
      0.02,
      2,
    );
  });

  it('draws convolutions uniformly within 1 / sqrt(fan-in), their bias too', () => {
    const bound = 1 / Math.sqrt(3 * 4 * 4);
    for (const name of ['layer1.0.proj.weight', 'layer1.0.proj.bias']) {
      const { data } = weights[name]!;
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
      expect(moments(data).deviation).toBeGreaterThan(0.45 * bound);
    }
  });

  it('sets linear biases and layer norms to their neutral values', () => {
    expect(weights['layer1.1.attn.proj.bias']!.data.every((value) => value === 0)).toBe(true);
    expect(weights['layer1.0.norm_embed.weight']!.data.every((value) => value === 1)).toBe(true);
    expect(weights['layer1.0.norm_embed.bias']!.data.every((value) => value === 0)).toBe(true);
  });

  it('depends on the seed and nothing else', () => {
    expect(initialWeights(model, 7)).toEqual(weights);
    expect(initialWeights(model, 8)['layer1.1.attn.proj.weight']).not.toEqual(
      weights['layer1.1.attn.proj.weight'],
    );
  });
});
