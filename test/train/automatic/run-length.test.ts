import { describe, expect, it } from 'vitest';
import { fitRun } from '../../../src/train/automatic/run-length.js';

const pace = { secondsPerStep: 2, secondsPerValidation: 10, stepsOfAll: 100 };

describe('fitRun', () => {
  it('shows all images as often as there is time for', () => {
    expect(fitRun(1100, pace)).toMatchObject({
      epochs: 5,
      steps: 500,
      seconds: 1050,
    });
  });

  it('shows a part of them, in four parts, where there is no time for all', () => {
    const { epochs, stepsPerEpoch, seconds } = fitRun(200, pace);
    expect([epochs, stepsPerEpoch]).toEqual([4, 20]);
    expect(seconds).toBeLessThanOrEqual(200);
  });

  it('ends before the time is over where images are few', () => {
    const length = fitRun(1e6, pace);
    expect(length.epochs).toBe(60);
    expect(length.why).toMatch(/teach nothing new/);
  });

  it('refuses a time in which nothing is learned, and says what would do', () => {
    expect(() => fitRun(30, pace)).toThrow(/Give at least 3 min 20 s more/);
    expect(() => fitRun(-5, pace)).toThrow(/leaves 0 s/);
  });
});
