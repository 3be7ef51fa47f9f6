import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { detectorTraits } from '../../../src/detect/detector-traits.js';
import { planScene } from '../../../src/detect/scene/plan.js';
import { defaultMemoryBytes, tileSizeFor, usualOverlap } from '../../../src/detect/scene/tile-size.js';

describe('planScene', () => {
  it.each([
    [10000, 7000, 1024, 128, 64],
    [1025, 1024, 1024, 256, 16],
    [5000, 999, 1024, 0, 448],
    [300, 200, 1024, 256, 16],
    [5000, 2000, 512, 200, 448],
    [16370, 8768, 8768, 768, 448],
    [9000, 5000, 2280, 256, 448],
  ])(
    'covers %i x %i with tiles that overlap and start on the grid',
    (width, height, tileSize, overlap, grid) => {
      const tiles = planScene({ width, height }, tileSize, overlap, { stride: 16, grid });
      const columns = [...new Set(tiles.map(({ left }) => left))];
      const last = tiles.at(-1)!;
      expect([last.left + last.width, last.top + last.height]).toEqual([width, height]);
      // Where there is no room for the grid between tiles, they start on the stride.
      const unit = grid <= tileSize - overlap ? grid : 16;
      for (const [index, left] of columns.entries()) {
        expect(left % unit).toBe(0);
        if (index > 0) expect(columns[index - 1]! + tiles[0]!.width - left).toBeGreaterThanOrEqual(overlap);
      }
      // All are as large as the first, or end with the scene.
      const [first] = tiles;
      for (const tile of tiles) {
        expect(tile.width).toBe(Math.min(first!.width, width - tile.left));
        expect(tile.height).toBe(Math.min(first!.height, height - tile.top));
        expect(Math.max(tile.width, tile.height)).toBeLessThanOrEqual(tileSize);
        // None is wholly within its neighbour.
        if (tile.left > 0) expect(tile.width).toBeGreaterThan(overlap);
      }
    },
  );

  it('gives every point of the scene to the core of one tile', () => {
    const tiles = planScene({ width: 2500, height: 1800 }, 1024, 200, { stride: 16, grid: 64 });
    for (let point = 0; point < 500; point++) {
      const [x, y] = [(point * 997) % 2500, (point * 571) % 1800];
      const owners = tiles.filter(
        ({ core }) => x >= core.left && x < core.right && y >= core.top && y < core.bottom,
      );
      expect(owners).toHaveLength(1);
    }
  });

  it('refuses an overlap of the whole tile', () => {
    expect(() => planScene({ width: 9, height: 9 }, 64, 64, { stride: 16 })).toThrow(
      'Tiles of 64 pixels cannot overlap by 64',
    );
  });
});

describe('tileSizeFor', () => {
  const traits = { stride: 32, grid: 448, passBytes: (side: number) => 20 * side ** 2 };

  it('takes the tiles that together take the least time', () => {
    const sideFor = (width: number, height: number) => tileSizeFor({ width, height }, 768, traits, 2e9);
    // One tile; four alike, that share more than they must, rather than four of four sizes.
    expect(sideFor(8192, 5000)).toBe(8192);
    expect(sideFor(9216, 9216)).toBe(5184);
    const alike = planScene({ width: 9216, height: 9216 }, 5184, 768, traits);
    expect(alike.map(({ left, top, width, height }) => [left, top, width, height])).toEqual([
      [0, 0, 5184, 5184],
      [4032, 0, 5184, 5184],
      [0, 4032, 5184, 5184],
      [4032, 4032, 5184, 5184],
    ]);
    // Here that would be more to look at than graphs of four sizes take to make; with a little less in common it is not.
    expect(sideFor(16384, 16384)).toBe(6592);
    expect(tileSizeFor({ width: 16384, height: 16384 }, 704, traits, 2e9)).toBe(6080);
    const six = planScene({ width: 16384, height: 16384 }, 6400, 704, traits);
    expect(new Set(six.map(({ width, height }) => `${width} x ${height}`))).toEqual(new Set(['6080 x 6080']));
    // Tiles that end with the scene across, and down, are of different lengths.
    const oblong = planScene({ width: 7000, height: 7100 }, 4000, 704, traits);
    expect(oblong.map(({ left, top, width, height }) => [left, top, width, height])).toEqual([
      [0, 0, 3872, 3968],
      [3136, 0, 3864, 3968],
      [0, 3136, 3872, 3964],
      [3136, 3136, 3864, 3964],
    ]);
    // No larger than the scene, but for the smallest.
    expect(sideFor(1700, 900)).toBe(1728);
    expect(sideFor(500, 500)).toBe(1536);
  });

  it('stays within the memory, or takes the smallest', () => {
    for (const bytes of [0.1e9, 0.5e9, 1e9, 1e12]) {
      const side = tileSizeFor({ width: 1e5, height: 7e4 }, 256, traits, bytes);
      expect(20 * side ** 2).toBeLessThanOrEqual(bytes);
      expect(side).toBeGreaterThan(0.7 * Math.min(8192, Math.sqrt(bytes / 20)));
      expect([side % 32, side <= 8192]).toEqual([0, true]);
    }
    expect(tileSizeFor({ width: 1e5, height: 7e4 }, 256, traits, 1e6)).toBe(1024);
    expect(tileSizeFor({ width: 1e5, height: 7e4 }, 900, traits, 1e6)).toBe(1824);
  });

  it('reckons with much where a detector does not say what it needs', () => {
    const side = tileSizeFor({ width: 1e5, height: 1e5 }, 512, { stride: 32 }, 420 * 2048 ** 2);
    expect(side).toBeGreaterThan(1536);
    expect(side).toBeLessThanOrEqual(2048);
  });
});

describe.each([
  ['aircraft', 448],
  ['aerial-vehicles', 112],
])('the bundled detector %s', (name, grid) => {
  it('knows its grid, and needs less than 3 GB at the default size', async () => {
    const traits = detectorTraits(await readModelFolder(resolveModel(name)));
    expect(traits.grid).toBe(grid);
    const overlap = usualOverlap(traits);
    expect(overlap).toBe(name === 'aircraft' ? 704 : 256);
    const side = tileSizeFor({ width: 1e5, height: 1e5 }, overlap, traits, defaultMemoryBytes);
    expect(side).toBeGreaterThanOrEqual(2000);
    expect(traits.passBytes!(side)).toBeLessThan(2e9);
  });
});
