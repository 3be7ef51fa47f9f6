import { describe, expect, it } from 'vitest';
import type { ClassifiedImage } from '../../src/report/classification-report.js';
import { classificationReport, worstAnswers } from '../../src/report/classification-report.js';

const pixels = async () => ({ width: 8, height: 8, data: new Uint8Array(192).fill(90) });
const image = (name: string, label: number, ...scores: number[]): ClassifiedImage => ({
  name,
  label,
  scores,
  pixels,
});
const images = [
  image('right.png', 0, 0.9, 0.1),
  image('<i>.png', 1, 0.99, 0.01),
  image('close.png', 0, 0.4, 0.6),
  image('sure.png', 1, 0.2, 0.8),
];

describe('classificationReport', () => {
  it('puts the answers first in which the true class is least likely', () => {
    expect(worstAnswers(images, 5)).toEqual([1, 2]);
    expect(worstAnswers(images, 1)).toEqual([1]);
  });

  it('shows accuracy, what is taken for what, and escapes names', async () => {
    const page = await classificationReport({ title: 'a', facts: [], labels: ['cat', '<dog>'], images });
    expect(page).toContain('50.00 % (2 of 4)');
    expect(page).toContain('&lt;dog&gt; 0.60');
    expect(page).not.toMatch(/<dog>|<i>/);
  });
});
