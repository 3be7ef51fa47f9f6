import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tf } from '../../../src/tensor/tensor.js';
import { clippingFactor, globalNorm } from '../../../src/train/optimiser/clipping.js';

describe('gradient clipping', () => {
  it('takes the norm over all gradients together', async () => {
    const norm = globalNorm([tf.tensor1d([3, 0]), tf.tensor2d([[4], [12]])]);
    expect((await norm.data())[0]).toBeCloseTo(13, 5);
  });

  it('leaves small gradients alone and brings large ones to the limit', async () => {
    expect((await clippingFactor(tf.scalar(0.5), 1).data())[0]).toBe(1);
    expect((await clippingFactor(tf.scalar(4), 1).data())[0]).toBe(0.25);
    expect((await clippingFactor(tf.scalar(0), 1).data())[0]).toBe(1);
  });
});
