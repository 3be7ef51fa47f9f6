import { describe, expect, it } from 'vitest';
import type { LabelTask } from '../../models/label-task.js';
import { answerTasks, rankBySoftmax } from '../../src/classify/label-scores.js';

const tasks: LabelTask[] = [
  { name: 'colour', kind: 'single', labels: ['red', 'green'] },
  { name: 'has', kind: 'multi', labels: ['wheels', 'wings', 'sails'] },
];

describe('answerTasks', () => {
  it('gives each question its own logits: probabilities that add up to 1, or one for each label', () => {
    const [colour, has] = answerTasks(Float64Array.of(0, Math.log(3), 2, -2, 0), tasks);
    expect(colour!.labels.map(({ label }) => label)).toEqual(['green', 'red']);
    expect(colour!.labels[0]!.score).toBeCloseTo(0.75, 12);
    expect(has!.labels.map(({ label }) => label)).toEqual(['wheels', 'sails', 'wings']);
    expect(has!.labels[1]!.score).toBe(0.5);
    expect(has!.labels[0]!.score + has!.labels[2]!.score).toBeCloseTo(1, 12);
  });
});

describe('rankBySoftmax', () => {
  it('keeps the order of labels with equal scores, and does not overflow', () => {
    expect(rankBySoftmax([1000, 1000, 0], ['a', 'b', 'c'])).toEqual([
      { label: 'a', score: 0.5 },
      { label: 'b', score: 0.5 },
      { label: 'c', score: 0 },
    ]);
  });
});
