import { describe, expect, it } from 'vitest';
import { learningRateAt, usesRandomShift } from '../../../src/train/optimiser/schedule.js';

const settings = { peak: 1e-3, final: 1e-6, warmupStart: 0.002, warmupSteps: 10, totalSteps: 110 };

describe('learningRateAt', () => {
  it('warms up linearly from the start fraction to the peak', () => {
    expect(learningRateAt(0, settings)).toBeCloseTo(2e-6, 12);
    expect(learningRateAt(5, settings)).toBeCloseTo(1e-3 * (0.002 + 0.998 / 2), 12);
    expect(learningRateAt(10, settings)).toBeCloseTo(1e-3, 12);
  });

  it('follows half a cosine to the final rate at the last step', () => {
    expect(learningRateAt(109, settings)).toBeCloseTo(1e-6, 12);
    const middle = { ...settings, totalSteps: 111 };
    expect(learningRateAt(60, middle)).toBeCloseTo((1e-3 + 1e-6) / 2, 12);
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(10 + step, settings));
    for (let step = 1; step < 100; step++) expect(rates[step]).toBeLessThan(rates[step - 1]!);
  });

  it('starts at the peak without a warm-up, even for a single step', () => {
    expect(learningRateAt(0, { ...settings, warmupSteps: 0, totalSteps: 1 })).toBe(1e-3);
  });
});

describe('usesRandomShift', () => {
  it('ends at the given share of the run', () => {
    expect(usesRandomShift(74, 100, 0.75)).toBe(true);
    expect(usesRandomShift(75, 100, 0.75)).toBe(false);
  });
});
