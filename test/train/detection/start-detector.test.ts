import { describe, expect, it } from 'vitest';
import { detectorModel } from '../../../models/detector.js';
import { detectionHeadSchema } from '../../../models/detector-config.js';
import { initialWeights } from '../../../models/initialise.js';
import { initialDetectorWeights } from '../../../models/initialise-detector.js';
import type { ModelConfig } from '../../../models/model-config.js';
import { createModel, modelConfigSchema } from '../../../models/model-config.js';
import type { ModelFolder } from '../../../src/checkpoint/model-folder.js';
import { centreCrop } from '../../../src/image/preprocessing.js';
import type { NamedArrays } from '../../../src/tensor/named-arrays.js';
import { startDetector } from '../../../src/train/detection/start-detector.js';
import { smallDetectors } from '../../models/detector-configs.js';

const head = detectionHeadSchema.parse({ strides: [8, 16], channels: 8, convolutions: 1 });
const pretrained = { weights: 'pretrained', seed: 5 } as const;

const vit = modelConfigSchema.parse({
  ...{ type: 'vit', patch: 8, width: 12, depth: 3, heads: 2, classes: 10, imageSize: [112, 112] },
});
const windowed = modelConfigSchema.parse({
  ...{ type: 'vil', arch: 'l1,h2,d12,n2,s1,g1,p16,f7,a1', classes: 1, imageSize: [224, 224] },
  ...{ normEmbed: false, positionTable: 'repeated' },
}) as Extract<ModelConfig, { type: 'vil' }>;

function folderOf(config: ModelConfig, weights: NamedArrays, labels: readonly string[]): ModelFolder {
  return {
    path: 'source',
    config,
    weights,
    labels: [...labels],
    preprocessing: centreCrop([112, 112], 1, 'half'),
  };
}

const classifier = folderOf(vit, initialWeights(createModel(vit), 2), Array.from('abcdefghij'));
const detectorConfig = smallDetectors['one stage'];
const detector = folderOf(detectorConfig, initialDetectorWeights(detectorConfig, 7), ['square', 'circle']);

describe('startDetector', () => {
  it('puts a new pyramid and head on a classifier', () => {
    const { config, weights, origin } = startDetector(classifier, ['car'], { ...pretrained, head });
    expect(config).toMatchObject({ type: 'detector', classes: 1, backbone: vit, head });
    expect(shapesOf(weights)).toEqual(detectorModel(config).parameterShapes);
    expect(weights['backbone.blocks.2.attn.qkv.weight']).toEqual(
      classifier.weights['blocks.2.attn.qkv.weight'],
    );
    // The norm before the classifier becomes the one before the pyramid.
    expect(weights['pyramid.norm1.weight']).toEqual(classifier.weights['norm.weight']);
    expect(weights['backbone.head.weight']).toBeUndefined();
    expect(origin).toContain('weights of source');
  });

  it('makes windowed blocks of a ViT’s, fewer of them, with patches of another size', () => {
    const options = { ...pretrained, head, backbone: windowed };
    const { config, weights } = startDetector(classifier, ['car', 'bus'], options);
    expect(config.backbone).toEqual(windowed);
    expect(shapesOf(weights)).toEqual(detectorModel(config).parameterShapes);
    const patches = weights['backbone.layer1.0.proj.weight']!;
    const before = classifier.weights['patch_embed.proj.weight']!;
    expect([before.shape.slice(2), patches.shape.slice(2)]).toEqual([
      [8, 8],
      [16, 16],
    ]);
    // Says of an image of one colour what it said before: sums over a patch stay.
    for (const filter of [0, 7, 35]) {
      const sum = (data: ArrayLike<number>, area: number) =>
        Array.from({ length: area }, (_, at) => data[filter * area + at]!).reduce((a, b) => a + b, 0);
      expect(sum(patches.data, 256)).toBeCloseTo(sum(before.data, 64), 4);
    }
  });

  it('continues a detector, with new scores only for other labels', () => {
    const same = startDetector(detector, ['square', 'circle'], pretrained);
    expect(same.weights).toEqual(detector.weights);
    const other = startDetector(detector, ['plane', 'ship', 'car'], pretrained);
    expect(other.config).toEqual({ ...detectorConfig, classes: 3 });
    expect(shapesOf(other.weights)).toEqual(detectorModel(other.config).parameterShapes);
    const changed = Object.keys(same.weights).filter((name) => other.weights[name] !== same.weights[name]);
    expect(changed.sort()).toEqual(['predict.scores.bias', 'predict.scores.weight']);
    expect(other.origin).toContain('with new scores');
    const { config } = startDetector(detector, ['plane'], {
      ...pretrained,
      suppression: { iou: 0.2, vote: 0.5 },
    });
    expect(config).toEqual({ ...detectorConfig, classes: 1, suppression: { iou: 0.2, vote: 0.5 } });
  });

  it('gives a detector larger patches and strides, keeping all weights but the scores', () => {
    const { backbone: before, head: levels } = detectorConfig;
    if (before.type !== 'vil') throw new Error('the test is of a windowed detector');
    const backbone = {
      ...before,
      arch: before.arch.replace('p8', 'p16'),
      imageSize: [32, 32] as [number, number],
    };
    const larger = { ...levels, strides: levels.strides.map((stride) => 2 * stride) };
    const options = { ...pretrained, backbone, head: larger };
    const { weights, config, origin } = startDetector(detector, ['plane'], options);
    expect(shapesOf(weights)).toEqual(detectorModel(config).parameterShapes);
    const levelOf = (name: string) => name.replace(/level(\d+)/, (_, stride) => `level${Number(stride) / 2}`);
    const kept = Object.keys(weights).filter((name) => weights[name] === detector.weights[levelOf(name)]);
    const changed = Object.keys(weights).filter((name) => !kept.includes(name));
    expect(changed.sort()).toEqual([
      'backbone.layer1.0.proj.weight',
      'predict.scores.bias',
      'predict.scores.weight',
    ]);
    expect(origin).toMatch(/predict\.scores new/);
  });

  it('draws all weights by the seed when told to', () => {
    const options = { weights: 'random', head } as const;
    const one = startDetector(classifier, ['car'], { ...options, seed: 1 });
    expect(one.weights).toEqual(startDetector(classifier, ['car'], { ...options, seed: 1 }).weights);
    expect(one.weights).not.toEqual(startDetector(classifier, ['car'], { ...options, seed: 2 }).weights);
    expect(one.weights['backbone.cls_token']).not.toEqual(classifier.weights.cls_token);
  });

  it('says what is missing or does not fit', () => {
    expect(() => startDetector(classifier, ['car'], pretrained)).toThrow(/has to say what `head`/);
    const backbone = { ...windowed, arch: 'l1,h2,d16,n1,s1,g1,p8,f2,a1' };
    expect(() => startDetector(detector, ['car'], { ...pretrained, backbone })).toThrow(
      /does not take the weights of source/,
    );
    const wider = { ...vit, width: 16 } as Extract<ModelConfig, { type: 'vit' }>;
    expect(() => startDetector(classifier, ['car'], { ...pretrained, head, backbone: wider })).toThrow(
      /source: .* has shape \[.*12.*\], the backbone needs \[.*16.*\]/,
    );
    const deeper = { ...vit, depth: 4 } as Extract<ModelConfig, { type: 'vit' }>;
    expect(() => startDetector(classifier, ['car'], { ...pretrained, head, backbone: deeper })).toThrow(
      /no weight blocks\.3/,
    );
  });
});

function shapesOf(weights: NamedArrays): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
}
