import { describe, expect, it } from 'vitest';
import { initialWeights } from '../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import type { ModelFolder } from '../../src/checkpoint/model-folder.js';
import { centreCrop } from '../../src/image/preprocessing.js';
import { startModel } from '../../src/train/start-model.js';

const config = modelConfigSchema.parse({
  type: 'vit',
  patch: 4,
  width: 6,
  depth: 1,
  heads: 3,
  classes: 2,
  imageSize: [8, 8],
});
const folder: ModelFolder = {
  path: 'old',
  config,
  preprocessing: centreCrop([8, 8], 1, 'half'),
  labels: ['cat', 'dog'],
  weights: initialWeights(createModel(config), 1),
};
const options = { weights: 'pretrained', seed: 5 } as const;

describe('startModel', () => {
  it('keeps all weights for the same classes in the same order', () => {
    const start = startModel(folder, ['cat', 'dog'], options);
    expect(start.weights).toEqual(folder.weights);
    expect(start.origin).toBe('all weights of old');
  });

  it.each([[['dog', 'cat']], [['field', 'forest', 'lake']]])('draws a new head for %j', (classes) => {
    const start = startModel(folder, classes, options);
    expect(start.config.classes).toBe(classes.length);
    expect(start.weights['head.weight']!.shape).toEqual([classes.length, 6]);
    expect(start.weights['head.weight']!.data).not.toEqual(folder.weights['head.weight']!.data);
    expect(start.weights['blocks.0.attn.qkv.weight']).toEqual(folder.weights['blocks.0.attn.qkv.weight']);
    expect(start.origin).toMatch(/new head/);
  });

  it('draws everything for a run from scratch, by its seed', () => {
    const random = { weights: 'random', seed: 5 } as const;
    const start = startModel(folder, ['cat', 'dog'], random);
    expect(start.weights['blocks.0.attn.qkv.weight']).not.toEqual(folder.weights['blocks.0.attn.qkv.weight']);
    expect(startModel(folder, ['cat', 'dog'], random)).toEqual(start);
    expect(start.origin).toMatch(/random weights \(seed 5\)/);
  });
});
