import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initialWeights } from '../../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../../models/model-config.js';
import { record } from '../../../src/onnx/recorder/record.js';
import { useBackend } from '../../../src/runtime/backends.js';
import type { NamedArrays } from '../../../src/tensor/named-arrays.js';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '../../../src/tensor/tensor.js';
import { tf } from '../../../src/tensor/tensor.js';
import { classificationObjective } from '../../../src/train/classification/objective.js';
import { recordStep } from '../../../src/train/engines/record-step.js';
import type { StepSettings } from '../../../src/train/engines/step.js';
import { lossAndGradients } from '../../../src/train/engines/step.js';
import type { NumberArray } from '../../onnx/recorder/run-recorded.js';
import { largestError, numbers, runNamedGraph } from '../../onnx/recorder/run-recorded.js';

const classes = 5;
const batch = 2;
const vil = (arch: string, changes: object = {}) => ({
  type: 'vil',
  arch,
  classes,
  imageSize: [24, 20],
  ...changes,
});
const sparseStages = (positions: 0 | 1) =>
  `l1,h2,d12,n1,s1,g1,p2,f2,a${positions}_l2,h2,d16,n2,s1,g2,p2,f3,a${positions}`;

const cases = [
  { name: 'ViL with relative bias', config: vil(sparseStages(0)) },
  { name: 'ViL with absolute positions', config: vil(sparseStages(1)) },
  {
    name: 'ViL with separate global projections',
    config: vil(sparseStages(0), { shareGlobalProjections: false }),
  },
  { name: 'ViL with full stages', config: vil('l1,h2,d12,n1,s1,g1,p2,f2,a0_l2,h2,d16,n1,s0,g0,p2,f2,a0') },
  { name: 'ViL in random-shift training', config: vil(sparseStages(0), { mode: 1 }), isShifted: true },
  { name: 'ViL with cyclic windows', config: vil(sparseStages(0), { exact: -1 }) },
  {
    name: 'ViT',
    config: { type: 'vit', patch: 4, width: 12, depth: 2, heads: 2, classes, imageSize: [24, 20] },
  },
];

interface Arrays {
  readonly weights: NamedArrays;
  readonly image: NumberArray;
  readonly target: NumberArray;
  readonly dropPath: NumberArray;
  readonly randomShift: NumberArray;
}

function randomArrays(model: ReturnType<typeof createModel>): Arrays {
  const initial = initialWeights(model, 3);
  // Initial bias tables and biases are near zero, where wrong gradients could hide.
  const weights = Object.entries(initial).map(([name, { shape, data }], index) => {
    const noise = numbers(shape, index, -0.3, 0.3).data;
    return [name, { shape, data: data.map((value, at) => value + noise[at]!) }] as const;
  });
  const shift = new Float32Array(3 * 8);
  for (const [block, neighbour] of [2, 5, 7].entries()) shift[block * 8 + neighbour] = 1;
  return {
    weights: Object.fromEntries(weights),
    image: numbers([batch, 3, 24, 20], 50),
    target: { shape: [batch, classes], data: Float32Array.of(0.6, 0.1, 0.1, 0.1, 0.1, 0, 0, 0.5, 0, 0.5) },
    dropPath: { shape: [3, 2, batch], data: Float32Array.of(1, 1, 0, 1.25, 1, 1, 1.1, 0, 1, 1, 1, 1) },
    randomShift: { shape: [3, 8], data: shift },
  };
}

describe('the recorded training step', () => {
  beforeAll(() => useBackend('wasm'));

  it.each(cases)('has the loss and gradients of the eager one: $name', async ({ config, isShifted }) => {
    const model = createModel(modelConfigSchema.parse(config));
    const arrays = randomArrays(model);
    const compute = (make: (name: string, array: NumberArray) => Tensor): Record<string, Tensor> => {
      const entries = Object.entries(arrays.weights);
      const weights = Object.fromEntries(
        entries.map(([name, array]) => [name, make(`weight/${name}`, array)]),
      );
      const { loss, gradients } = lossAndGradients(classificationObjective(model, classes), weights, {
        image: make('image', arrays.image) as Tensor4D,
        targets: { target: make('target', arrays.target) },
        dropPath: make('dropPath', arrays.dropPath) as Tensor3D,
        randomShift: isShifted ? (make('randomShift', arrays.randomShift) as Tensor2D) : undefined,
      });
      return { loss, ...gradients };
    };
    const feeds: Record<string, NumberArray> = {};
    const graph = record('onnx-training', 'gradients', ({ input }) =>
      compute((name, array) => {
        feeds[name] = array;
        return input(name, array.shape);
      }),
    );
    const actual = await runNamedGraph(graph, feeds);
    const expected = tf.tidy(() => {
      const tensors = compute((_, { data, shape }) => tf.tensor(data, [...shape]));
      return Object.entries(tensors).map(([name, tensor]) => {
        const data = Float32Array.from(tensor.dataSync());
        return [name, { shape: tensor.shape, data }] as const;
      }) as never;
    }) as unknown as [string, NumberArray][];
    for (const [name, array] of expected) {
      expect(actual[name]!.shape, name).toEqual(array.shape);
      expect(largestError(actual[name]!, array), name).toBeLessThan(1e-4);
    }
    expect(Math.max(...expected.flatMap(([, { data }]) => [...data].map(Math.abs)))).toBeGreaterThan(0.01);
  });

  it('grows by a bounded number of nodes with each block', () => {
    const settings: StepSettings = {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.05,
      clipNorm: 1,
      averageDecay: 0.9,
      rates: {},
    };
    const nodes = (blocks: number) => {
      const model = createModel(modelConfigSchema.parse(vil(`l1,h2,d12,n${blocks},s1,g1,p2,f2,a0`)));
      const objective = classificationObjective(model, classes);
      const options = { objective, blocks, height: 24, width: 20, settings };
      return recordStep(options, { size: 2, hasDropPath: true, hasRandomShift: false }).nodes.length;
    };
    expect(nodes(3) - nodes(2)).toBe(nodes(2) - nodes(1));
    expect(nodes(3) - nodes(2)).toBeLessThan(850);
  });
});
