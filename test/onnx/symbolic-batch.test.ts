import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { withSymbolicBatch } from '../../src/onnx/symbolic-batch.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { largestError, numbers, recordFunction, runEagerly, runGraph } from './recorder/run-recorded.js';

/** Uses the batch as a wildcard, beside another one, doubled in a shape, and to expand a constant. */
function compute(x: Tensor): Tensor[] {
  const batch = x.shape[0]!;
  const flat = tf.reshape(x, [batch, 12]);
  const doubled = tf.reshape(flat, [batch * 2, 6]);
  const first = tf.broadcastTo(tf.tensor2d([[1, 2]]), [batch, 2]);
  const zeros = tf.zeros([batch, 3]);
  return [tf.softmax(doubled), tf.concat([first, zeros, flat], 1)];
}

const record = (batch: number) => recordFunction((x) => compute(x!), [[batch, 3, 4]]);

describe('withSymbolicBatch', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('gives a graph that takes any batch', async () => {
    // The doubled batch is an output, which cannot be named; a product with ones hides it.
    const graph = withSymbolicBatch((batch) =>
      recordFunction(
        (x) => {
          const [doubled, joined] = compute(x!) as [Tensor, Tensor];
          return [tf.reshape(doubled, [batch, 12]), joined];
        },
        [[batch, 3, 4]],
      ),
    );
    expect(graph.inputs[0]!.shape).toEqual(['batch', 3, 4]);
    expect(graph.outputs.map(({ shape }) => shape)).toEqual([['batch', 12], ['batch', 17]]); // biome-ignore format: shapes
    for (const batch of [1, 2, 5]) {
      const input = numbers([batch, 3, 4], batch);
      const expected = runEagerly(
        (x) => {
          const [doubled, joined] = compute(x!) as [Tensor, Tensor];
          return [tf.reshape(doubled, [batch, 12]), joined];
        },
        [input],
      );
      const actual = await runGraph(graph, [input]);
      for (const [index, array] of actual.entries()) {
        expect(array.shape).toEqual(expected[index]!.shape);
        expect(largestError(array, expected[index]!)).toBeLessThan(1e-6);
      }
    }
  });

  it('refuses an output whose size is not the batch', () => {
    expect(() => withSymbolicBatch(record)).toThrow(/the shape of y0 depends on the batch/);
  });

  it('refuses numbers that depend on the batch', () => {
    const mean = (batch: number) => recordFunction((x) => tf.div(tf.sum(x!, 0), batch), [[batch, 3]]);
    expect(() => withSymbolicBatch(mean)).toThrow(/depends on the batch/);
  });
});
