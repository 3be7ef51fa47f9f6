import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { LabelTask } from '../../../models/label-task.js';
import { useBackend } from '../../../src/runtime/backends.js';
import { tf } from '../../../src/tensor/tensor.js';
import { answeredRight, LabelScores } from '../../../src/train/generated/label-scores.js';
import { labelLoss } from '../../../src/train/generated/objective.js';

await useBackend('cpu');

const tasks: LabelTask[] = [
  { name: 'one', kind: 'single', labels: ['a', 'b', 'c'] },
  { name: 'some', kind: 'multi', labels: ['x', 'y'] },
];
const logits = Float32Array.of(2, 0, -1, 3, -0.5, 0, 1, 0, -40, 40);
const target = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1, 0, 1);

/** The definition, written out. */
function expectedLoss(): number {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const softmax = (x: number, all: number[]) => Math.exp(x) / all.reduce((sum, y) => sum + Math.exp(y), 0);
  const first = -Math.log(softmax(2, [2, 0, -1])) - Math.log(sigmoid(3)) - Math.log(sigmoid(-0.5));
  const second = -Math.log(softmax(0, [0, 1, 0]));
  return (first + second) / 2;
}

describe('labelLoss', () => {
  it('is the sum of softmax and sigmoid cross entropies, averaged over the batch', () => {
    const loss = tf.tidy(
      () => labelLoss(tf.tensor2d(logits, [2, 5]), tf.tensor2d(target, [2, 5]), tasks).dataSync()[0]!,
    );
    expect(loss).toBeCloseTo(expectedLoss(), 5);
  });

  it('has the gradient of cross entropy: probability minus target, a batch apart', () => {
    const gradient = tf.tidy(() => {
      const gradients = tf.grad((x) => labelLoss(x, tf.tensor2d(target, [2, 5]), tasks));
      return gradients(tf.tensor2d(logits, [2, 5])).dataSync();
    });
    const normaliser = Math.exp(2) + 1 + Math.exp(-1);
    expect(gradient[0]!).toBeCloseTo((Math.exp(2) / normaliser - 1) / 2, 5);
    expect(gradient[3]!).toBeCloseTo((1 / (1 + Math.exp(-3)) - 1) / 2, 5);
    expect(gradient[8]!).toBeCloseTo(0, 5);
  });
});

describe('LabelScores', () => {
  it('counts what each question is answered right, and its mean loss', () => {
    const scores = new LabelScores(tasks);
    scores.add(logits, target, 2);
    expect(scores.accuracies()).toEqual({ one: 0.5, some: 0.5 });
    expect(scores.images).toBe(2);
    expect(scores.loss).toBeCloseTo(expectedLoss(), 5);
  });

  it('takes a multi question as right when every label is', () => {
    expect(answeredRight(logits.subarray(0, 5), target.subarray(0, 5), tasks)).toEqual([true, false]);
    expect(answeredRight(logits.subarray(5), target.subarray(5), tasks)).toEqual([false, true]);
  });
});
