import { beforeAll, expect, it } from 'vitest';
import { mlp } from '../../../models/layers/mlp.js';
import { allNodes } from '../../../src/onnx/model.js';
import { useBackend } from '../../../src/runtime/backends.js';
import type { Tensor, Tensor3D } from '../../../src/tensor/tensor.js';
import {
  largestError,
  numbers,
  recordFunction,
  runEagerly,
  runGraph,
} from '../../onnx/recorder/run-recorded.js';

beforeAll(() => useBackend('wasm'));

const [width, hidden] = [4, 16];

function perceptron(x: Tensor, weight1: Tensor, bias1: Tensor, weight2: Tensor, bias2: Tensor): Tensor {
  const parameters = {
    'mlp.fc1.weight': weight1,
    'mlp.fc1.bias': bias1,
    'mlp.fc2.weight': weight2,
    'mlp.fc2.bias': bias2,
  };
  return mlp(parameters, 'mlp', x as Tensor3D);
}

it.each([
  ['one strip', 10, 1, false],
  ['several strips of unequal length', 300_001, 3, false],
  ['iterations of a loop, and the rest', 400_001, 2, true],
  ['iterations of a loop, without rest', 400_000, 1, true],
  ['too few strips for a loop', 300_001, 3, true],
])('equals the eager layers at inference in %s', async (_, tokens, strips, hasLoops) => {
  const shapes = [[1, tokens, width], [hidden, width], [hidden], [width, hidden], [width]];
  const inputs = shapes.map((shape, index) => numbers(shape, index + 1));
  const compute = perceptron as (...tensors: Tensor[]) => Tensor;
  const graph = recordFunction(compute, shapes, 'onnx-inference', { hasLoops });
  expect(allNodes(graph.nodes).filter(({ op }) => op === 'Gelu')).toHaveLength(strips);
  expect(graph.nodes.some(({ op }) => op === 'Loop')).toBe(hasLoops && tokens >= 400_000);
  const [actual] = await runGraph(graph, inputs);
  expect(largestError(actual!, runEagerly(compute, inputs)[0]!)).toBeLessThan(1e-5);
});
