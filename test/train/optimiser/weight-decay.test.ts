import { describe, expect, it } from 'vitest';
import { depthOf, isDecayed, layerRates } from '../../../src/train/optimiser/weight-decay.js';

describe('isDecayed', () => {
  it.each([
    'layer1.0.proj.weight',
    'layer1.0.proj.bias',
    'layer1.1.attn.query.weight',
    'layer1.1.attn.kv.bias',
    'layer3.2.mlp.fc1.bias',
    'blocks.0.attn.qkv.weight',
    'head.weight',
  ])('decays %s', (name) => expect(isDecayed(name)).toBe(true));

  it.each([
    'layer1.0.cls_token',
    'layer1.0.cls_pos_embed',
    'layer1.0.x_pos_embed',
    'layer1.0.norm_embed.weight',
    'layer1.1.norm.weight',
    'layer4.2.norm.bias',
    'layer1.1.attn.local_relative_position_bias_table',
    'layer1.1.attn.g2l_relative_position_bias',
    'norm.weight',
    'head.bias',
    'pos_embed',
    'blocks.0.norm1.weight',
    'blocks.11.norm2.bias',
  ])('exempts %s', (name) => expect(isDecayed(name)).toBe(false));
});

describe('layer-wise rates', () => {
  it('counts depth through the stages, two modules a block', () => {
    const stages = [1, 2];
    expect(depthOf('layer1.0.proj.weight', stages)).toBe(0);
    expect(depthOf('layer1.1.attn.proj.weight', stages)).toBe(1);
    expect(depthOf('layer1.2.mlp.fc1.weight', stages)).toBe(1);
    expect(depthOf('layer2.0.proj.weight', stages)).toBe(1);
    expect(depthOf('layer2.3.attn.proj.weight', stages)).toBe(3);
    expect(depthOf('norm.weight', stages)).toBe(4);
    expect(depthOf('head.bias', stages)).toBe(4);
  });

  it('gives a converted transformer the same rates as the original', () => {
    const rates = layerRates(['pos_embed', 'blocks.0.norm1.weight', 'blocks.1.mlp.fc2.bias'], [2], 0.5);
    expect(Object.values(rates)).toEqual([0.125, 0.25, 0.5]);
    const windowed = layerRates(
      ['layer1.0.pos_embed', 'layer1.1.norm.weight', 'layer1.4.mlp.fc2.bias'],
      [2],
      0.5,
    );
    expect(Object.values(windowed)).toEqual([0.125, 0.25, 0.5]);
  });

  it('gives the head the full rate', () => {
    expect(layerRates(['head.weight'], [12], 0.75)).toEqual({ 'head.weight': 1 });
  });
});
