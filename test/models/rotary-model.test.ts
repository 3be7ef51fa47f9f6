import '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectorModel } from '../../models/detector.js';
import { detectorConfigSchema } from '../../models/detector-config.js';
import { initialWeights } from '../../models/initialise.js';
import { initialDetectorWeights } from '../../models/initialise-detector.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import { exportedModel } from '../../src/export/export-model.js';
import { normalisations } from '../../src/image/preprocessing.js';
import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

/** As DINOv3: rotary positions, four registers beside the class token, a gated MLP. */
const config = modelConfigSchema.parse({
  type: 'vil',
  arch: 'l1,h2,d16,n2,s1,g5,p8,f3,a1',
  classes: 3,
  imageSize: [64, 64],
  normEmbed: false,
  positionTable: 'none',
  parts: {
    rope: { base: 100, coordinates: 'centred' },
    pool: ['first'],
    gated: true,
    activation: 'silu',
    hidden: 40,
  },
});

beforeEach(async () => {
  await tf.setBackend('cpu');
  tf.engine().startScope();
});
afterEach(() => tf.engine().endScope());

function tensors(weights: NamedArrays): Record<string, Tensor> {
  const entries = Object.entries(weights).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data, [...shape]),
  ]);
  return Object.fromEntries(entries) as Record<string, Tensor>;
}

describe('a model with rotary positions and registers', () => {
  it('can be trained: the gradient is what a small step shows', () => {
    const weights = initialWeights(createModel(config), 2);
    for (const { data, shape } of Object.values(weights)) {
      if (shape.length > 1) for (const at of data.keys()) data[at]! *= 10;
    }
    const parameters = tensors(weights);
    const image: Tensor4D = tf.randomUniform([1, 3, 40, 48], -1, 1, 'float32', 5);
    const name = 'layer1.1.attn.query.weight';
    const loss = (weight: Tensor) => {
      const { logits } = createModel(config).forward({ ...parameters, [name]: weight }, image);
      return tf.sum(tf.square(logits)).asScalar();
    };
    const weight = parameters[name]!;
    const gradient = tf.grad(loss)(weight);
    const step = tf.randomNormal(weight.shape, 0, 1, 'float32', 8);
    const slope = tf.sum(tf.mul(gradient, step)).dataSync()[0]!;
    const size = 3e-3;
    const at = (factor: number) => loss(tf.add(weight, tf.mul(step, factor * size))).dataSync()[0]!;
    const measured = (at(1) - at(-1)) / (2 * size);
    expect(Math.abs(slope)).toBeGreaterThan(1e-4);
    expect(Math.abs(measured - slope) / Math.abs(slope)).toBeLessThan(0.02);
  });

  it('is exported in standard operators alone', async () => {
    const weights = initialWeights(createModel(config), 2);
    const { mean, std } = normalisations.imagenet;
    const preprocessing = {
      mean: [...mean] as [number, number, number],
      std: [...std] as [number, number, number],
      interpolation: 'bicubic' as const,
      imageSize: [64, 64] as [number, number],
      resize: { mode: 'none' as const },
    };
    const folder = { path: 'model', config, weights, labels: ['a', 'b', 'c'], preprocessing };
    const { graph } = await exportedModel(folder, { height: 40, width: 48 });
    expect(graph.nodes.filter(({ domain }) => domain !== '')).toEqual([]);
  });

  it('carries a detector', () => {
    const detector = detectorConfigSchema.parse({
      type: 'detector',
      backbone: config,
      head: { strides: [8, 16], channels: 8 },
      classes: 2,
    });
    const model = detectorModel(detector);
    const image: Tensor4D = tf.randomUniform([1, 3, 64, 48], -1, 1, 'float32', 5);
    const { boxes, logits } = model.forward(tensors(initialDetectorWeights(detector, 1)), image);
    const cells = 8 * 6 + 4 * 3;
    expect(boxes.shape).toEqual([1, cells, 4]);
    expect(logits.shape).toEqual([1, cells, 2]);
  });
});
