import { describe, expect, it } from 'vitest';
import { interpolationMatrix } from '../../../models/layers/interpolation.js';

const rows = (matrix: Float32Array, columns: number) =>
  Array.from({ length: matrix.length / columns }, (_, row) => [
    ...matrix.subarray(row * columns, (row + 1) * columns),
  ]);

describe('interpolationMatrix', () => {
  it('is the identity when the size stays', () => {
    for (const method of ['bilinear', 'bicubic'] as const) {
      expect(rows(interpolationMatrix(3, 3, method), 3)).toEqual([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]);
    }
  });

  it('interpolates linearly between pixel centres and repeats the border', () => {
    expect(rows(interpolationMatrix(2, 4, 'bilinear'), 2)).toEqual([
      [1, 0],
      [0.75, 0.25],
      [0.25, 0.75],
      [0, 1],
    ]);
  });

  it('keeps constants and, away from the border, straight lines', () => {
    for (const method of ['bilinear', 'bicubic'] as const) {
      for (const [from, to] of [
        [14, 25],
        [14, 9],
        [7, 56],
      ] as const) {
        const matrix = rows(interpolationMatrix(from, to, method), from);
        const positions = matrix.map((row) => row.reduce((sum, weight, index) => sum + weight * index, 0));
        for (const row of matrix) expect(row.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 6);
        const middle = Math.floor(to / 2);
        expect(positions[middle]).toBeCloseTo(((middle + 0.5) * from) / to - 0.5, 5);
      }
    }
  });

  it('averages over all it skips when shrinking with the bicubic kernel', () => {
    const [first] = rows(interpolationMatrix(8, 2, 'bicubic'), 8);
    expect(first!.filter((weight) => weight !== 0).length).toBeGreaterThan(4);
  });
});
