import '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Parameters } from '../../models/image-model.js';
import { initialWeights } from '../../models/initialise.js';
import { visionTransformer } from '../../models/vit.js';
import { type VitConfig, vitConfigSchema } from '../../models/vit-config.js';
import type { Rank, Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

const config: VitConfig = {
  type: 'vit',
  patch: 4,
  width: 8,
  depth: 2,
  heads: 2,
  classes: 3,
  imageSize: [12, 16],
  mlpRatio: 4,
};
const model = visionTransformer(config);

function parameters(): Parameters {
  const weights = Object.entries(initialWeights(model, 3));
  return Object.fromEntries(
    weights.map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape]) as Tensor]),
  );
}

beforeEach(async () => {
  await tf.setBackend('cpu');
  tf.engine().startScope();
});
afterEach(() => tf.engine().endScope());

describe('visionTransformer', () => {
  it('returns logits, features and one pyramid level, for any size', () => {
    for (const [height, width, rows, columns] of [
      [12, 16, 3, 4],
      [20, 8, 5, 2],
      [15, 18, 3, 4],
    ] as const) {
      const image: Tensor4D = tf.randomNormal([2, 3, height, width], 0, 1, 'float32', 5);
      const { logits, features, pyramid } = model.forward(parameters(), image);
      expect(logits.shape).toEqual([2, 3]);
      expect(features.shape).toEqual([2, 8]);
      expect(pyramid.map(({ shape }) => shape)).toEqual([[2, rows, columns, 8]]);
    }
  });

  it('ignores pixels beyond the last whole patch', () => {
    const image: Tensor4D = tf.randomNormal([1, 3, 15, 18], 0, 1, 'float32', 5);
    const cropped = tf.slice4d(image, [0, 0, 0, 0], [1, 3, 12, 16]);
    const weights = parameters();
    expect(model.forward(weights, image).logits.dataSync()).toEqual(
      model.forward(weights, cropped).logits.dataSync(),
    );
  });

  it('captures the attention of the class token over all tokens', () => {
    const captured: Record<string, Tensor> = {};
    const image: Tensor4D = tf.randomNormal([1, 3, 12, 16], 0, 1, 'float32', 5);
    model.forward(parameters(), image, {
      capture: (name, value) => Object.assign(captured, { [name]: value }),
    });
    const attention = captured.globalAttention!;
    expect(attention.shape).toEqual([1, 2, 1, 13]);
    for (const sum of tf.sum(attention, -1).dataSync()) expect(sum).toBeCloseTo(1, 5);
  });

  it('skips a whole sample whose branches are dropped', () => {
    const image: Tensor4D = tf.tile(
      tf.randomNormal<Rank.R4>([1, 3, 12, 16], 0, 1, 'float32', 5),
      [2, 1, 1, 1],
    );
    const dropPath = tf.tensor3d([1, 0, 1, 0, 1, 0, 1, 0], [2, 2, 2]);
    const weights = parameters();
    const { features } = model.forward(weights, image, { training: { dropPath } });
    const [kept, dropped] = features.arraySync() as [number[], number[]];
    expect(kept).toEqual((model.forward(weights, image).features.arraySync() as number[][])[0]);
    expect(dropped).not.toEqual(kept);
  });

  it('leaves no tensors behind but its results', () => {
    const weights = parameters();
    const image: Tensor4D = tf.randomNormal([1, 3, 20, 20], 0, 1, 'float32', 5);
    const before = tf.memory().numTensors;
    const logits = tf.tidy(() => model.forward(weights, image).logits);
    expect(tf.memory().numTensors).toBe(before + 1);
    logits.dispose();
  });

  it('has a gradient for every weight, at interpolated sizes too', () => {
    const image: Tensor4D = tf.randomNormal([1, 3, 20, 24], 0, 1, 'float32', 5);
    const variables = Object.entries(parameters()).map(([name, value]) => tf.variable(value, true, name));
    const byName = Object.fromEntries(variables.map((variable) => [variable.name, variable]));
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(model.forward(byName, image).logits)),
      variables,
    );
    expect(Object.keys(grads).sort()).toEqual(Object.keys(model.parameterShapes).sort());
    for (const [name, gradient] of Object.entries(grads)) {
      expect(gradient.shape).toEqual(model.parameterShapes[name]);
    }
    tf.dispose(variables);
  });
});

describe('vitConfigSchema', () => {
  it('fills in the MLP ratio and names what is wrong', () => {
    const { mlpRatio: _, ...given } = config;
    expect(vitConfigSchema.parse(given)).toEqual(config);
    const issues = vitConfigSchema.safeParse({ ...config, heads: 3 }).error?.issues;
    expect(issues).toMatchObject([{ path: ['heads'], message: expect.stringContaining('width 8') }]);
    expect(vitConfigSchema.safeParse({ ...config, imageSize: [2, 16] }).error?.issues[0]?.path).toEqual([
      'imageSize',
    ]);
  });
});
