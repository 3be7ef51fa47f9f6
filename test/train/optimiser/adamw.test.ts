import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tf } from '../../../src/tensor/tensor.js';
import type { AdamWSlot } from '../../../src/train/optimiser/adamw.js';
import { adamw, biasCorrections } from '../../../src/train/optimiser/adamw.js';

const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05 };

/** Runs one weight through its gradients and returns its values after each step. */
function trajectory(start: number[], gradients: number[][], rate: number, decay: boolean): number[][] {
  const zeros = tf.zeros([start.length]);
  let slot: AdamWSlot = { weight: tf.tensor1d(start), first: zeros, second: zeros };
  return gradients.map((gradient, index) => {
    const { correction1, correction2 } = biasCorrections(settings, index + 1);
    const step = {
      learningRate: tf.scalar(0.01),
      correction1: tf.scalar(correction1),
      correction2: tf.scalar(correction2),
    };
    slot = adamw(slot, tf.tensor1d(gradient), step, settings, rate, decay);
    return [...slot.weight.dataSync()];
  });
}

function expectClose(actual: number[][], expected: number[][]): void {
  for (const [step, values] of expected.entries()) {
    for (const [index, value] of values.entries()) expect(actual[step]![index]).toBeCloseTo(value, 6);
  }
}

// Expected values: torch.optim.AdamW of PyTorch 2.15 with the same settings and gradients.
describe('adamw', () => {
  it('follows the trajectory of PyTorch with weight decay', () => {
    const gradients = [
      [0.1, -0.2, 0.3, 4],
      [-0.5, 0.25, 0, 1e-4],
      [0.2, 0.2, -0.1, -2],
    ];
    expectClose(trajectory([0.5, -1.25, 2, 0.001], gradients, 1, true), [
      [0.489749998, -1.239375, 1.98899996, -0.00900049973],
      [0.495488644, -1.24038255, 1.98130476, -0.0156967677],
      [0.497212857, -1.24421513, 1.97742271, -0.017461719],
    ]);
  });

  it('follows the trajectory of PyTorch for an exempt weight at half the rate', () => {
    const gradients = [
      [1, -3],
      [-2, 0.5],
      [0.01, 0],
    ];
    expectClose(trajectory([0.1, -0.2], gradients, 0.5, false), [
      [0.0949999988, -0.195000008],
      [0.0968305171, -0.192307323],
      [0.0982312039, -0.190225869],
    ]);
  });
});
