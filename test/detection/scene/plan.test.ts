import { describe, expect, it } from 'vitest';
import { planScene } from '../../../src/detection/scene/plan.js';
import { tileSizeFor } from '../../../src/detection/scene/tile-size.js';

describe('planScene', () => {
  it.each([
    [10000, 7000, 1024, 128],
    [1025, 1024, 1024, 256],
    [5000, 999, 1024, 0],
    [300, 200, 1024, 256],
  ])('covers %i x %i with full tiles that overlap', (width, height, tileSize, overlap) => {
    const tiles = planScene({ width, height }, tileSize, overlap, 16);
    const columns = [...new Set(tiles.map(({ left }) => left))];
    expect(columns[0]).toBe(0);
    expect(columns.at(-1)! + tiles[0]!.width).toBe(width);
    for (const [index, left] of columns.entries()) {
      if (index > 0) expect(columns[index - 1]! + tiles[0]!.width - left).toBeGreaterThanOrEqual(overlap);
      if (index < columns.length - 1) expect(left % 16).toBe(0);
    }
    for (const tile of tiles) {
      expect([tile.width, tile.height]).toEqual([Math.min(tileSize, width), Math.min(tileSize, height)]);
    }
  });

  it('gives every point of the scene to the core of one tile', () => {
    const tiles = planScene({ width: 2500, height: 1800 }, 1024, 200, 16);
    for (let point = 0; point < 500; point++) {
      const [x, y] = [(point * 997) % 2500, (point * 571) % 1800];
      const owners = tiles.filter(
        ({ core }) => x >= core.left && x < core.right && y >= core.top && y < core.bottom,
      );
      expect(owners).toHaveLength(1);
    }
  });

  it('refuses an overlap of the whole tile', () => {
    expect(() => planScene({ width: 9, height: 9 }, 64, 64, 16)).toThrow(
      'Tiles of 64 pixels cannot overlap by 64',
    );
  });
});

describe('tileSizeFor', () => {
  it('grows with the memory from 1024 to 4096, in multiples of the stride', () => {
    expect([0.1e9, 2e9, 1e12].map((bytes) => tileSizeFor(bytes, 64))).toEqual([1024, 2048, 4096]);
    expect(tileSizeFor(2e9, 56) % 56).toBe(0);
  });
});
