import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/base/random.js';
import { integer, normal, permutation, randomStream, symmetricBeta, uniform } from '../../src/base/random.js';

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

describe('randomStream', () => {
  it('repeats for the same keys and differs when any key or their order does', () => {
    const first = (random: Random) => draws(8, random);
    const reference = first(randomStream(7, 1, 2));
    expect(first(randomStream(7, 1, 2))).toEqual(reference);
    for (const keys of [
      [8, 1, 2],
      [7, 2, 1],
      [7, 1],
      [7, 1, 2, 0],
    ]) {
      expect(first(randomStream(...keys))).not.toEqual(reference);
    }
  });

  it('gives neighbouring keys uncorrelated uniform numbers', () => {
    const values = draws(20_000, () => 0).map((_, key) => randomStream(3, 1, key)());
    const { mean, variance } = moments(values);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    const products = values.slice(1).map((value, index) => (value - 0.5) * (values[index]! - 0.5));
    expect(Math.abs(moments(products).mean)).toBeLessThan(0.003);
  });
});

describe('distributions', () => {
  it('draws in the stated ranges', () => {
    const random = randomStream(1);
    for (const value of draws(1000, () => uniform(random, -2, 3))) {
      expect(value).toBeGreaterThanOrEqual(-2);
      expect(value).toBeLessThan(3);
    }
    expect(new Set(draws(1000, () => integer(random, 4)))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('draws standard normal numbers', () => {
    const random = randomStream(2);
    const { mean, variance } = moments(draws(20_000, () => normal(random)));
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it.each([0.2, 0.8, 1, 3])('draws Beta(%d, %d) with its mean and variance', (alpha) => {
    const random = randomStream(3, Math.round(alpha * 10));
    const { mean, variance } = moments(draws(20_000, () => symmetricBeta(random, alpha)));
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
  });

  it('permutes: every index once, every position reachable', () => {
    const order = permutation(randomStream(4), 100);
    expect([...order].sort((a, b) => a - b)).toEqual(draws(100, () => 0).map((_, index) => index));
    const firsts = draws(600, () => 0).map((_, key) => permutation(randomStream(5, key), 6)[0]!);
    expect(new Set(firsts).size).toBe(6);
  });
});
