import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tf } from '../../src/tensor/tensor.js';
import { smoothedTargets, softTargetCrossEntropy } from '../../src/train/loss.js';

describe('smoothedTargets', () => {
  it('spreads the smoothing over all classes', () => {
    const target = smoothedTargets([2, 0], 4, 0.1);
    const expected = [0.025, 0.025, 0.925, 0.025, 0.925, 0.025, 0.025, 0.025];
    for (const [index, value] of expected.entries()) expect(target[index]).toBeCloseTo(value, 6);
  });

  it('is one-hot without smoothing', () => {
    expect([...smoothedTargets([1], 3, 0)]).toEqual([0, 1, 0]);
  });
});

describe('softTargetCrossEntropy', () => {
  it('equals -sum(target log softmax), averaged over the batch', async () => {
    const logits = [1, 2, 3, 0, 0, 0];
    const target = [0, 0.25, 0.75, 1, 0, 0];
    const normaliser = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
    const expected = (0.25 * (normaliser - 2) + 0.75 * (normaliser - 3) + Math.log(3)) / 2;
    const inputs = [tf.tensor2d(logits, [2, 3]), tf.tensor2d(target, [2, 3])] as const;
    const before = tf.memory().numTensors;
    const loss = softTargetCrossEntropy(...inputs);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect((await loss.data())[0]).toBeCloseTo(expected, 6);
  });

  it('stays finite for scores far apart', async () => {
    const loss = softTargetCrossEntropy(tf.tensor2d([1000, -1000], [1, 2]), tf.tensor2d([1, 0], [1, 2]));
    expect((await loss.data())[0]).toBeCloseTo(0);
  });
});
