import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { blockDropRates, drawDropPath, drawRandomShift } from '../../src/train/stochastic-depth.js';

describe('stochastic depth', () => {
  it('rises linearly from 0 to the rate of the last block', () => {
    expect(blockDropRates(5, 0.2)).toEqual([0, 0.05, 0.1, expect.closeTo(0.15), 0.2]);
    expect(blockDropRates(1, 0.2)).toEqual([0]);
  });

  it('keeps the expectation of each branch at 1', () => {
    const [blocks, batch, rate] = [3, 4000, 0.4];
    const factors = drawDropPath(randomStream(1), blocks, batch, rate);
    expect(factors).toHaveLength(blocks * 2 * batch);
    for (const [block, blockRate] of blockDropRates(blocks, rate).entries()) {
      const row = factors.subarray(block * 2 * batch, (block + 1) * 2 * batch);
      const kept = Math.fround(1 / (1 - blockRate));
      expect(row.every((factor) => factor === 0 || factor === kept)).toBe(true);
      const mean = row.reduce((sum, factor) => sum + factor, 0) / row.length;
      expect(Math.abs(mean - 1)).toBeLessThan(0.03);
    }
  });
});

describe('random shift', () => {
  it('chooses one of eight neighbours for every block', () => {
    const choice = drawRandomShift(randomStream(2), 200);
    const counts = new Array<number>(8).fill(0);
    for (let block = 0; block < 200; block++) {
      const row = [...choice.subarray(block * 8, block * 8 + 8)];
      expect(row.filter((value) => value === 1)).toHaveLength(1);
      expect(row.filter((value) => value === 0)).toHaveLength(7);
      counts[row.indexOf(1)]! += 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(5);
  });
});
