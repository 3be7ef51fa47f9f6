import { describe, expect, it } from 'vitest';
import { fitPowerLaw, spreadOf, wilsonInterval } from '../../bench/statistics.js';

describe('spreadOf', () => {
  it('has mean, sample standard deviation and range', () => {
    const spread = spreadOf([0.9, 0.94, 0.95]);
    expect(spread).toMatchObject({ count: 3, least: 0.9, most: 0.95 });
    expect(spread.mean).toBeCloseTo(0.93, 12);
    expect(spread.standardDeviation).toBeCloseTo(Math.sqrt((0.03 ** 2 + 0.01 ** 2 + 0.02 ** 2) / 2), 12);
  });

  it('has no deviation for a single value', () => {
    expect(spreadOf([0.5])).toEqual({ count: 1, mean: 0.5, least: 0.5, most: 0.5 });
  });
});

describe('wilsonInterval', () => {
  // Reference: R, prop.test(81, 263, correct = FALSE) and prop.test(0, 20, correct = FALSE).
  it('agrees with R', () => {
    const [low, high] = wilsonInterval(81 / 263, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
    const none = wilsonInterval(0, 20);
    expect(none[0]).toBe(0);
    expect(none[1]).toBeCloseTo(0.1611, 4);
  });
});

describe('fitPowerLaw', () => {
  it('finds exponent and factor of an exact power', () => {
    const law = fitPowerLaw([1, 2, 5, 9].map((x) => [x, 3 * x ** 1.7] as const))!;
    expect(law.exponent).toBeCloseTo(1.7, 12);
    expect(law.factor).toBeCloseTo(3, 12);
    expect(law).toMatchObject({ rSquared: expect.closeTo(1, 12), points: 4 });
  });

  it('takes the least squares where no power fits', () => {
    // In logarithms to base 2: (0, 0), (1, 2), (2, 2); slope 1, intercept 1/3.
    const law = fitPowerLaw([
      [1, 1],
      [2, 4],
      [4, 4],
    ])!;
    expect(law.exponent).toBeCloseTo(1, 12);
    expect(law.factor).toBeCloseTo(2 ** (1 / 3), 12);
    expect(law.rSquared).toBeCloseTo(0.75, 12);
  });

  it('needs two points', () => {
    expect(fitPowerLaw([[1, 1]])).toBeUndefined();
  });
});
