import { describe, expect, it } from 'vitest';
import { normal, randomStream, StreamPurpose } from '../../../src/base/random.js';
import { fitLinearHead, scoreVectors } from '../../../src/train/linear-probe/logistic-regression.js';

/** Two classes of one number each, whose minimum can be found by hand. */
const two = { vectors: Float32Array.of(-1, 1), width: 1, labels: [0, 1] };

describe('fitLinearHead', () => {
  it('finds the minimum: there the gradient of loss and penalty is zero', () => {
    const penalty = 0.1;
    const { weight, bias } = fitLinearHead(two, 2, penalty);
    // By symmetry the weights are -w and w and the biases equal. d/dw: -2 w penalty = -(1 - p), p = 1 / (1 + exp(-2 w)).
    const w = weight[1]!;
    expect(weight[0]).toBeCloseTo(-w, 4);
    expect(bias[0]! - bias[1]!).toBeCloseTo(0, 4);
    const p = 1 / (1 + Math.exp(-2 * w));
    expect(penalty * w).toBeCloseTo(1 - p, 3);
  });

  it('does not care how channels are scaled and shifted', () => {
    const moved = { ...two, vectors: two.vectors.map((value) => 300 * value + 1000) };
    const scores = scoreVectors(moved.vectors, fitLinearHead(moved, 2, 0.1));
    const expected = scoreVectors(two.vectors, fitLinearHead(two, 2, 0.1));
    for (const [at, value] of expected.entries()) expect(scores[at]).toBeCloseTo(value, 2);
  });

  it('separates classes that lie apart, channels without information beside them', () => {
    const random = randomStream(3, StreamPurpose.weights, 0);
    const labels = Array.from({ length: 90 }, (_, index) => index % 3);
    const width = 6;
    const vectors = Float32Array.from({ length: labels.length * width }, (_, at) => {
      const [image, channel] = [Math.floor(at / width), at % width];
      if (channel === 5) return 7;
      return (labels[image] === channel ? 4 : 0) + normal(random);
    });
    const scores = scoreVectors(vectors, fitLinearHead({ vectors, width, labels }, 3, 1e-3));
    const correct = labels.filter((label, image) => {
      const row = [...scores.subarray(3 * image, 3 * image + 3)];
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(correct).toHaveLength(labels.length);
  });
});
