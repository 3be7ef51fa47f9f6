import '@tensorflow/tfjs';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { embedPatches, embedPixels } from '../../../models/layers/patch-embedding.js';
import { encodeModel } from '../../../src/onnx/encode-model.js';
import { record } from '../../../src/onnx/recorder/record.js';
import { useBackend } from '../../../src/runtime/backends.js';
import type { Tensor, Tensor4D } from '../../../src/tensor/tensor.js';
import { tf } from '../../../src/tensor/tensor.js';
import { largestError, numbers } from '../../onnx/recorder/run-recorded.js';

const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.5, 0.25, 0.2] };
const [patch, outputs] = [16, 4];
const weights = {
  'proj.weight': numbers([outputs, 3, patch, patch], 1, -0.1, 0.1),
  'proj.bias': numbers([outputs], 2),
};

function levelsOf(shape: readonly number[]): Uint8Array {
  const size = shape.reduce((product, side) => product * side, 1);
  return Uint8Array.from({ length: size }, (_, index) => (index * 2654435761) >>> 24);
}

/** Tokens of the pixels, and of their normalised planes. */
function eagerly(levels: Uint8Array, shape: [number, number, number, number]) {
  return tf.tidy(() => {
    const parameters = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape: sides }]) => [name, tf.tensor(data, [...sides])]),
    );
    const pixels = tf.tensor4d(levels, shape, 'int32');
    const { mean, std } = normalisation;
    const normalised = tf.div(tf.sub(tf.div(pixels, 255), tf.tensor1d(mean)), tf.tensor1d(std));
    const planes = tf.transpose<Tensor4D>(normalised as Tensor4D, [0, 3, 1, 2]);
    const both = [
      embedPixels(parameters, 'proj', { levels: pixels, ...normalisation }),
      embedPatches(parameters, 'proj', planes),
    ];
    return both.map(({ tokens, rows, columns }) => ({
      grid: [rows, columns],
      shape: tokens.shape,
      data: Float32Array.from(tokens.dataSync()),
    }));
  }) as unknown as { grid: number[]; shape: number[]; data: Float32Array }[];
}

it.each([
  ['two images with pixels beyond the last patch', [2, 37, 51, 3], 1],
  ['an image of several strips of unequal length', [1, 1104, 1040, 3], 2],
] as const)('sees in pixels what it sees in their normalised planes: %s', async (_, sides, strips) => {
  await useBackend('wasm');
  const shape = [...sides] as [number, number, number, number];
  const levels = levelsOf(shape);
  const [fromPixels, fromPlanes] = eagerly(levels, shape);
  expect([fromPixels!.shape, fromPixels!.grid]).toEqual([fromPlanes!.shape, fromPlanes!.grid]);
  expect(largestError(fromPixels!, fromPlanes!)).toBeLessThan(1e-5);

  const graph = record('onnx-inference', 'test', (recording) => {
    const parameters = Object.fromEntries(
      Object.entries(weights).map(([name, { shape: own }]): [string, Tensor] => [
        name,
        recording.input(name, own),
      ]),
    );
    const pixels = recording.input('pixels', shape, 'uint8') as Tensor4D;
    return { tokens: embedPixels(parameters, 'proj', { levels: pixels, ...normalisation }).tokens };
  });
  expect(graph.nodes.filter(({ op }) => op === 'Cast')).toHaveLength(strips);
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
  const feeds = Object.entries(weights).map(([name, { data, shape: own }]) => [
    name,
    new OrtTensor('float32', data, own),
  ]);
  const { tokens } = await session.run({
    ...Object.fromEntries(feeds),
    pixels: new OrtTensor('uint8', levels, shape),
  });
  const traced = { shape: tokens!.dims, data: tokens!.data as Float32Array };
  expect(largestError(traced, fromPlanes!)).toBeLessThan(1e-5);
  await session.release();
});
