import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { measureRow } from '../../src/benchmark/measure-row.js';
import type { BenchmarkRow } from '../../src/benchmark/row.js';
import { benchmarkRow, benchmarkRows } from '../../src/benchmark/rows.js';

describe('benchmark rows', () => {
  it('have names of their own, by which they are found', () => {
    const names = benchmarkRows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const row of benchmarkRows) expect(benchmarkRow(row.name)).toBe(row);
  });

  it('are listed where a name is none of theirs', () => {
    expect(() => benchmarkRow('vil-huge')).toThrow(UserError);
    expect(() => benchmarkRow('vil-huge')).toThrow(/vil-huge.*vil-tiny-1024.*traced-step.*cold-start/);
  });

  it('summarise their figures in a line', () => {
    const figures = { seconds: 2, timesMatMulBound: 2.126, matMulGflops: 42.4 };
    const large = { ...figures, timePerPixelTo1024: 0.9 };
    expect(benchmarkRow('vil-tiny-1024').summarise(figures)).toBe(
      '2.000 s, 2.13 x the matrix product bound (42 GFLOP/s)',
    );
    expect(benchmarkRow('vil-tiny-4096').summarise(large)).toMatch(/, 0\.90 x the time per pixel at 1024$/);
  });
});

describe('measureRow', () => {
  it('measures in another process and adds its peak memory', async () => {
    const figures = await measureRow(benchmarkRow('cold-start'), { threads: 1 });
    expect(figures).toMatchObject({ seconds: expect.any(Number), threads: 1 });
    expect(figures.seconds).toBeGreaterThan(figures.secondSeconds!);
    expect(figures.peakRssBytes).toBeGreaterThan(50e6);
    expect(figures.peakRssBytes).toBeLessThan(4e9);
  });

  it('passes on what went wrong there', async () => {
    const unknown: BenchmarkRow = { ...benchmarkRow('cold-start'), name: 'no-such-row' };
    await expect(measureRow(unknown, { threads: 1 })).rejects.toThrow(
      /no-such-row.*There is no benchmark row/s,
    );
  });
});
