import '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { record } from '../../../src/onnx/recorder/record.js';
import type { Tensor } from '../../../src/tensor/tensor.js';
import { tf } from '../../../src/tensor/tensor.js';
import { recordFunction } from './run-recorded.js';

describe('record', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  afterEach(() => {
    expect(tf.getBackend()).toBe('cpu');
  });

  it('disposes every tensor it made, gradients included', () => {
    const before = tf.memory().numTensors;
    const square = (x: Tensor) => tf.sum(tf.square(tf.softmax(x)));
    recordFunction((x) => tf.grad(square)(x!), [[3, 4]]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names a kernel it does not know and says where to add it', () => {
    const unknown = () => recordFunction((x) => tf.cumsum(x!), [[3]]);
    expect(unknown).toThrow(/does not know the kernel Cumsum; add it to src\/onnx\/recorder\/kernels/);
  });

  it('refuses to give values, which do not exist while recording', () => {
    const reading = () => recordFunction((x) => tf.scalar(x!.dataSync()[0]!), [[3]]);
    expect(reading).toThrow(/only shapes are known/);
  });

  it('refuses tensors made outside the recording', () => {
    const outside = tf.scalar(2);
    expect(() => recordFunction((x) => tf.mul(x!, outside), [[3]])).toThrow(
      /does not belong to the recording/,
    );
    outside.dispose();
  });

  it('writes repeated nodes and equal constants once, and drops what no output needs', () => {
    const graph = recordFunction(
      (x) => {
        tf.exp(x!);
        return tf.add(tf.mul(x!, 2), tf.mul(x!, tf.scalar(2)));
      },
      [[3]],
    );
    expect(graph.nodes.map((node) => node.op)).toEqual(['Mul', 'Add', 'Identity']);
    expect(graph.initializers).toHaveLength(1);
  });

  it('hands an input through as an output', () => {
    const graph = record('onnx-training', 'test', ({ input }) => ({ y: input('x', [2]) }));
    expect(graph.inputs).toEqual([{ name: 'x', type: 'float32', shape: [2] }]);
  });
});
