import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gelu } from '../../../models/layers/gelu.js';
import { layerNorm } from '../../../models/layers/layer-norm.js';
import type { Tensor, Tensor4D } from '../../../src/tensor/tensor.js';
import { tf } from '../../../src/tensor/tensor.js';
import type { TensorFunction } from './run-recorded.js';
import { largestError, numbers, recordFunction, runEagerly, runGraph } from './run-recorded.js';

interface Case {
  readonly name: string;
  readonly compute: TensorFunction;
  readonly shapes: readonly (readonly number[])[];
  /** Range of the inputs; [-1, 1) unless told. */
  readonly range?: readonly [number, number];
  /** Whether gradients are compared as well; yes unless told. */
  readonly isDifferentiable?: boolean;
}

const each = (
  name: string,
  compute: TensorFunction,
  shapes: readonly (readonly number[])[],
  options: Partial<Case> = {},
): Case => ({ name, compute, shapes, ...options });

const pair = [
  [2, 3, 4],
  [3, 1],
] as const;
const positive = [0.2, 2] as const;
const ids = () => tf.tensor1d([2, 0, 2, 1], 'int32');
const same = [
  [2, 3],
  [2, 3],
];

const cases: readonly Case[] = [
  each('Add', tf.add, pair),
  each('Sub', tf.sub, pair),
  each('Multiply', tf.mul, pair),
  each('RealDiv', tf.div, pair, { range: positive }),
  // Gradients of these with broadcasting are wrong in tfjs itself.
  each('Maximum, Minimum with broadcasting', (a, b) => [tf.maximum(a!, b!), tf.minimum(a!, b!)], pair, {
    isDifferentiable: false,
  }),
  each('Maximum', tf.maximum, same),
  each('Minimum', tf.minimum, same),
  each('Pow', tf.pow, pair, { range: positive }),
  each('Pow by a constant', (x) => tf.pow(x!, 3), [[5]]),
  each('SquaredDifference', tf.squaredDifference, pair, { isDifferentiable: false }),
  each('AddN', (x, y) => tf.addN([x!, y!, x!]), same),
  each('Neg', tf.neg, [[7]]),
  each('Abs', tf.abs, [[7]]),
  each('Exp', tf.exp, [[7]]),
  each('Log', tf.log, [[7]], { range: positive }),
  each('Square', tf.square, [[7]]),
  each('Sqrt', tf.sqrt, [[7]], { range: positive }),
  each('Rsqrt', tf.rsqrt, [[7]], { range: positive }),
  each('Reciprocal', tf.reciprocal, [[7]], { range: positive }),
  each('Erf', tf.erf, [[7]]),
  each('Tanh', tf.tanh, [[7]]),
  each('Sigmoid', tf.sigmoid, [[7]]),
  each('Relu and Step', tf.relu, [[7]]),
  each('Step with a slope', (x) => tf.step(x!, 0.25), [[7]], { isDifferentiable: false }),
  each('ClipByValue', (x) => tf.clipByValue(x!, -0.3, 0.4), [[9]]),
  each('Sin and Cos', (x) => tf.sin(tf.cos(x!)), [[7]]),
  each('Floor, Ceil, Sign', (x) => [tf.floor(x!), tf.ceil(x!), tf.sign(x!)], [[7]], {
    isDifferentiable: false,
  }),
  each(
    'comparisons and logic',
    (x, y) => {
      const either = tf.logicalOr(tf.greater(x!, y!), tf.lessEqual(x!, -0.5));
      const both = tf.logicalAnd(tf.logicalNot(either), tf.notEqual(x!, y!));
      return [either, both, tf.equal(x!, x!), tf.less(x!, y!), tf.greaterEqual(x!, y!)];
    },
    pair,
    { isDifferentiable: false },
  ),
  each(
    'Select',
    (x, y) =>
      tf.where(
        tf.tensor2d([
          [true, false, true],
          [false, false, true],
        ]),
        x!,
        y!,
      ),
    same,
  ),
  each('Select by a comparison', (x, y) => tf.where(tf.greater(x!, y!), x!, y!), same, {
    isDifferentiable: false,
  }),
  each('Cast', (x) => tf.cast(tf.cast(tf.mul(x!, 10), 'int32'), 'float32'), [[9]], {
    isDifferentiable: false,
  }),
  each('Sum', (x) => [tf.sum(x!), tf.sum(x!, 1), tf.sum(x!, [0, 2], true), tf.sum(x!, -1)], [[2, 3, 4]]),
  each('Mean', (x) => [tf.mean(x!), tf.mean(x!, [1], true), tf.mean(x!, [0, 1])], [[2, 3, 4]]),
  each('Max and Min', (x) => [tf.max(x!, 1), tf.min(x!, [0, 2], true)], [[2, 3, 4]]),
  each('Prod', (x) => tf.prod(x!, 1), [[2, 3]], { isDifferentiable: false }),
  each('ArgMax and ArgMin', (x) => [tf.argMax(x!, 1), tf.argMin(x!, 0)], [[2, 3, 4]], {
    isDifferentiable: false,
  }),
  each('Softmax', (x) => tf.softmax(x!), [[3, 5]]),
  each('log-softmax', (x) => tf.logSoftmax(x!), [[3, 5]]),
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) =>
      each(
        `BatchMatMul, transposed ${transposeA}, ${transposeB}`,
        (a, b) => tf.matMul(a!, b!, transposeA, transposeB),
        [transposeA ? [2, 4, 3] : [2, 3, 4], transposeB ? [2, 5, 4] : [2, 4, 5]],
      ),
    ),
  ),
  each('BatchMatMul of matrices', (a, b) => tf.matMul(a!, b!, false, true), [
    [3, 4],
    [5, 4],
  ]),
  each(
    'BatchMatMul with one batch',
    (a, b) => tf.matMul(a!, b!),
    [
      [4, 3, 2],
      [1, 2, 5],
    ],
    { isDifferentiable: false },
  ),
  each('Identity and Reshape', (x) => tf.reshape(tf.clone(x!), [4, -1]), [[2, 3, 4]]),
  each('ExpandDims and squeeze', (x) => tf.squeeze(tf.expandDims(x!, 1), [0]), [[1, 3, 4]]),
  each('Transpose', (x) => tf.transpose(x!, [2, 0, 1]), [[2, 3, 4]]),
  each('Transpose of unit axes', (x) => tf.transpose(x!, [1, 0, 2]), [[1, 3, 4]]),
  each('Concat', (x, y) => tf.concat([x!, y!, x!], -1), [
    [2, 3],
    [2, 2],
  ]),
  each('SplitV', (x) => [...tf.split(x!, 2, 1), ...tf.split(x!, [1, 2], 0)], [[3, 4]]),
  each('Slice', (x) => tf.slice(x!, [0, 1], [-1, 2]), [[3, 4]]),
  each('StridedSlice', (x) => tf.stridedSlice(x!, [0, 3], [3, 0], [2, -1]), [[3, 4]], {
    isDifferentiable: false,
  }),
  each('PadV2', (x) => tf.pad(x!, [[1, 0], [0, 2]], 0.5), [[3, 4]]), // biome-ignore format: pairs
  each('Tile', (x) => tf.tile(x!, [2, 3]), [[3, 4]]),
  each('BroadcastTo', (x) => tf.broadcastTo(x!, [2, 3, 4]), [[3, 1]]),
  each('Reverse', (x) => tf.reverse(x!, [1]), [[3, 4]]),
  each('Pack and Unpack', (x, y) => tf.unstack(tf.stack([x!, y!], 1), 2), same),
  each(
    'Fill, ZerosLike, OnesLike',
    (x) => [tf.add(x!, tf.fill([40, 40], 2)), tf.onesLike(x!), tf.zerosLike(x!)],
    [[40, 40]],
  ),
  each('Range', (x) => tf.mul(x!, tf.range(0, 5, 2)), [[3]]),
  each('GatherV2 and UnsortedSegmentSum', (x) => [tf.gather(x!, ids()), tf.gather(x!, ids(), 1)], [[3, 4]]),
  each('GatherV2 by a matrix', (x) => tf.gather(x!, tf.tensor2d([[1, 0], [1, 2]], undefined, 'int32')), [[3, 4]]), // biome-ignore format: rows
  each('UnsortedSegmentSum', (x) => tf.unsortedSegmentSum(x!, ids(), 4), [[4, 3]], {
    isDifferentiable: false,
  }),
  each('GatherNd', (x) => tf.gatherND(x!, tf.tensor2d([[0, 1], [2, 0]], undefined, 'int32')), [[3, 4]], { isDifferentiable: false }), // biome-ignore format: rows
  each('ScatterNd', (x) => tf.scatterND(tf.tensor2d([[1], [1]], undefined, 'int32'), x!, [3, 4]), [[2, 4]], { isDifferentiable: false }), // biome-ignore format: rows
  each(
    'GatherV2 of each sample by its own indices',
    (x) => tf.gather(x!, tf.tensor2d([[1, 0], [2, 2]], undefined, 'int32'), 1, 1), // biome-ignore format: rows
    [[2, 3, 4]],
    { isDifferentiable: false },
  ),
  each(
    'TopK',
    (x) => {
      const { values, indices } = tf.topk(x!, 3);
      return [values, tf.cast(indices, 'float32')];
    },
    [[2, 9]],
    { isDifferentiable: false },
  ),
  each('Conv2D and its gradients', (x, filter) => tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same'), [
    [2, 5, 6, 3],
    [3, 3, 3, 4],
  ]),
  each('OneHot', () => [tf.oneHot(ids(), 3), tf.oneHot(ids(), 3, 0.9, 0.1, 'float32')], [[1]], {
    isDifferentiable: false,
  }),
  // Recorded as single nodes, computed by tfjs-cpu from their parts.
  each('Gelu', (x) => gelu(x!), [[3, 5]], { range: [-4, 4] }),
  each('LayerNorm', (x, weight, bias) => layerNorm({ 'n.weight': weight!, 'n.bias': bias! }, 'n', x!), [
    [2, 3, 5],
    [5],
    [5],
  ]),
];

/** Gradients of a fixed random projection of all outputs, which exercises every output with a dense gradient. */
function gradientOf(compute: TensorFunction): TensorFunction {
  const loss = (...inputs: Tensor[]) => {
    const parts = [compute(...inputs)].flat().map((output, index) => {
      const weights = tf.tensor(numbers(output.shape, 100 + index).data, output.shape);
      return tf.sum(tf.mul(output, weights));
    });
    return tf.addN(parts);
  };
  return (...inputs) => tf.grads(loss)(inputs);
}

describe('recorded kernels equal tfjs-cpu', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(cases)('$name', async ({ compute, shapes, range = [-1, 1], isDifferentiable = true }) => {
    const inputs = shapes.map((shape, index) => numbers(shape, 7 * index + 1, ...range));
    for (const tested of isDifferentiable ? [compute, gradientOf(compute)] : [compute]) {
      const expected = runEagerly(tested, inputs);
      const actual = await runGraph(recordFunction(tested, shapes), inputs);
      expect(actual.map((array) => array.shape)).toEqual(expected.map((array) => array.shape));
      for (const [index, array] of actual.entries())
        expect(largestError(array, expected[index]!)).toBeLessThan(2e-6);
    }
  });
});
