import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeModel } from '../../models/describe.js';
import { bestCells } from '../../models/detection/best-cells.js';
import { detectorModel } from '../../models/detector.js';
import { detectorConfigSchema } from '../../models/detector-config.js';
import type { Parameters } from '../../models/image-model.js';
import { initialDetectorWeights } from '../../models/initialise-detector.js';
import { createModel, modelConfigSchema, parameterShapesOf } from '../../models/model-config.js';
import { record } from '../../src/onnx/recorder/record.js';
import { elementCount } from '../../src/tensor/named-arrays.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { NumberArray } from '../onnx/recorder/run-recorded.js';
import { largestError, numbers, runNamedGraph } from '../onnx/recorder/run-recorded.js';
import { smallDetectors } from './detector-configs.js';

const image = numbers([2, 3, 32, 64], 5);

/** Everything the detector predicts, from weights and image made by `make`. */
function predictions(
  name: keyof typeof smallDetectors,
  make: (name: string, array: NumberArray) => Tensor,
): Record<string, Tensor> {
  const config = smallDetectors[name];
  const weights: Parameters = Object.fromEntries(
    Object.entries(initialDetectorWeights(config, 3)).map(([key, array]) => [key, make(key, array)]),
  );
  const dense = detectorModel(config).forward(weights, make('image', image) as Tensor4D);
  const best = bestCells(dense, 7);
  return { logits: dense.logits, dense: dense.boxes, ...best };
}

function eagerly(name: keyof typeof smallDetectors): Record<string, NumberArray> {
  const arrays: Record<string, NumberArray> = {};
  tf.tidy(() => {
    const tensors = predictions(name, (_, { data, shape }) => tf.tensor(data, [...shape]));
    for (const [key, tensor] of Object.entries(tensors)) {
      arrays[key] = { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) };
    }
  });
  return arrays;
}

const names = Object.keys(smallDetectors) as (keyof typeof smallDetectors)[];

describe('detectorModel', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(names)('says something of every cell of every level: %s', (name) => {
    const { head, classes } = smallDetectors[name];
    const cells = head.strides.reduce((sum, stride) => sum + (32 / stride) * (64 / stride), 0);
    const before = tf.memory().numTensors;
    const { logits, dense, boxes, scores } = eagerly(name);
    expect(logits!.shape).toEqual([2, cells, classes]);
    expect(dense!.shape).toEqual([2, cells, head.oriented ? 6 : 4]);
    expect(boxes!.shape).toEqual([2, 7, head.oriented ? 6 : 4]);
    expect(scores!.data[0]).toBe(Math.max(...scores!.data.subarray(0, 7)));
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(names)('computes the same in ONNX Runtime: %s', async (name) => {
    const feeds: Record<string, NumberArray> = {};
    const graph = record('onnx-inference', 'detector', ({ input }) =>
      predictions(name, (key, array) => {
        feeds[key] = array;
        return input(key, array.shape);
      }),
    );
    const actual = await runNamedGraph(graph, feeds);
    for (const [key, array] of Object.entries(eagerly(name))) {
      expect(actual[key]!.shape, key).toEqual(array.shape);
      expect(largestError(actual[key]!, array), key).toBeLessThan(1e-4);
    }
  });

  it('decodes distances around the centres of the cells', () => {
    const { dense } = eagerly('vision transformer');
    // Weights near zero: boxes of three by three cells around each centre, here of the first cell of stride 4.
    const [left, top, right, bottom] = dense!.data;
    for (const [value, expected] of [
      [left!, -4],
      [top!, -4],
      [right!, 8],
      [bottom!, 8],
    ] as const) {
      expect(Math.abs(value - expected)).toBeLessThan(1.5);
    }
  });

  it('starts with scores near 0.01', () => {
    const { logits } = eagerly('three stages');
    const mean =
      logits!.data.reduce((sum, logit) => sum + 1 / (1 + Math.exp(-logit)), 0) / logits!.data.length;
    expect(mean).toBeGreaterThan(0.005);
    expect(mean).toBeLessThan(0.02);
  });

  it('sees the same wherever an image starts, where positions repeat', () => {
    const config = smallDetectors['one stage'];
    const model = detectorModel(config);
    const grey = tf.tidy(() => {
      const weights = Object.fromEntries(
        Object.entries(initialDetectorWeights(config, 3)).map(([key, { data, shape }]) => [
          key,
          tf.tensor(data, [...shape]) as Tensor,
        ]),
      );
      return model.forward(weights, tf.zeros([1, 3, 96, 96]) as Tensor4D).logits.arraySync();
    }) as unknown as number[][][];
    // Cells of the finest level, 48 a row, in windows without a border: one period of 2 tokens is 8 cells.
    const at = (row: number, column: number) => grey[0]![row * 48 + column]![0]!;
    expect(at(20, 20)).toBeCloseTo(at(28, 28), 5);
  });

  it('is read from a configuration, and is no classifier', () => {
    const config = modelConfigSchema.parse(JSON.parse(JSON.stringify(smallDetectors['three stages'])));
    expect(parameterShapesOf(config)).not.toHaveProperty('backbone.head.weight');
    expect(() => createModel(config)).toThrow(/detector/);
    const strides = { ...smallDetectors['one stage'], head: { strides: [4, 16] } };
    expect(detectorConfigSchema.safeParse(strides).success).toBe(false);
  });

  it('is described with its head', () => {
    const config = smallDetectors['vision transformer'];
    const { parameters, head, stages } = describeModel(config, [32, 32]);
    const shapes = Object.entries(parameterShapesOf(config));
    expect(parameters).toBe(shapes.reduce((sum, [, shape]) => sum + elementCount(shape), 0));
    // Level 4: doubling 12 -> 4 x 8 on 16 tokens; level 8: 12 -> 8 on 16; tower and outputs on 64 + 16 cells.
    const perCell = 9 * 8 * 8 + 8 * (2 + 4);
    expect(head.macs).toBe(16 * 12 * 32 + 16 * 12 * 8 + 80 * perCell);
    expect(stages[0]!.parameters).toBeGreaterThan(0);
  });
});
