import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTiles } from '../../src/image/tiles.js';

const roundUp = (value: number, step: number) => Math.ceil(value / step) * step;

describe('planTiles', () => {
  it('leaves an image whole where it fits', () => {
    expect(planTiles({ width: 4096, height: 4096 }, 32, 2 ** 24).tiles).toEqual([
      { left: 0, top: 0, width: 4096, height: 4096 },
    ]);
    expect(planTiles({ width: 1764, height: 430 }, 16, 2 ** 20).tiles).toHaveLength(1);
    expect(planTiles({ width: 1, height: 1 }, 32, 1).tiles).toEqual([
      { left: 0, top: 0, width: 1, height: 1 },
    ]);
  });

  it('cuts a large image into about equal squares', () => {
    const { rows, columns, tiles } = planTiles({ width: 30000, height: 20000 }, 32, 2 ** 24);
    expect([rows, columns]).toEqual([5, 8]);
    expect(tiles[0]).toEqual({ left: 0, top: 0, width: 3776, height: 4000 });
  });

  it('cuts a strip along its length only', () => {
    expect(planTiles({ width: 100_000, height: 400 }, 16, 2 ** 22)).toMatchObject({ rows: 1, columns: 10 });
    expect(planTiles({ width: 400, height: 100_000 }, 16, 2 ** 22)).toMatchObject({ rows: 10, columns: 1 });
  });

  it('covers every pixel once, within the limit, on the grid of strides', () => {
    const side = fc.integer({ min: 1, max: 700 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom(4, 16, 32),
        fc.integer({ min: 2000, max: 200_000 }),
        (width, height, stride, limit) => {
          const { rows, columns, tiles } = planTiles({ width, height }, stride, limit);
          expect(tiles).toHaveLength(rows * columns);
          const seen = new Uint8Array(width * height);
          for (const tile of tiles) {
            expect([tile.left % stride, tile.top % stride]).toEqual([0, 0]);
            expect(roundUp(tile.width, stride) * roundUp(tile.height, stride)).toBeLessThanOrEqual(limit);
            for (let y = tile.top; y < tile.top + tile.height; y++) {
              for (let x = tile.left; x < tile.left + tile.width; x++) seen[y * width + x]!++;
            }
          }
          expect(seen.every((count) => count === 1)).toBe(true);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });
});
