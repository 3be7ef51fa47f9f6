import { describe, expect, it } from 'vitest';
import { argMax, classificationScores, meanCrossEntropy } from '../../src/evaluate/classification-scores.js';

describe('scores', () => {
  it('takes the first of equal largest numbers', () => {
    expect(argMax([1, 3, 3])).toBe(1);
    expect(argMax([-5])).toBe(0);
  });

  it('averages the cross entropy, also of scores far apart', () => {
    const logits = Float32Array.from([0, 0, 1000, -1000]);
    expect(meanCrossEntropy(logits, [1, 0], 2)).toBeCloseTo(Math.LN2 / 2, 6);
  });

  it('counts by class and in a confusion matrix of [true][predicted]', () => {
    const scores = classificationScores([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], ['field', 'forest', 'empty']);
    expect(scores.confusion).toEqual([
      [1, 1, 0],
      [1, 2, 0],
      [0, 0, 0],
    ]);
    expect(scores).toMatchObject({ images: 5, correct: 3, accuracy: 0.6 });
    expect(scores.classes).toEqual([
      { name: 'field', images: 2, correct: 1, accuracy: 0.5 },
      { name: 'forest', images: 3, correct: 2, accuracy: 2 / 3 },
      { name: 'empty', images: 0, correct: 0 },
    ]);
  });
});
