import { describe, expect, it } from 'vitest';
import { interleave, median, timed } from '../../src/benchmark/timing.js';

describe('median', () => {
  it('is the middle of an odd count and the mean of the two middle ones of an even count, in any order', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([10, 1, 4, 2])).toBe(3);
    expect(median([7])).toBe(7);
  });

  it('sorts numbers, not their text, and leaves its input alone', () => {
    const values = [100, 9, 20];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });
});

describe('interleave', () => {
  it('runs everything once beforehand and then takes turns', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => order.push(name);
    const seconds = await interleave(2, { a: work('a'), b: work('b') });
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(seconds.a).toHaveLength(2);
    expect(seconds.b).toHaveLength(2);
  });
});

it('times in seconds', async () => {
  const seconds = await timed(() => new Promise((resolve) => setTimeout(resolve, 50)));
  expect(seconds).toBeGreaterThan(0.045);
  expect(seconds).toBeLessThan(10);
});
