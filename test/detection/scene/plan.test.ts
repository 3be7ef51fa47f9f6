import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { detectorTraits } from '../../../src/detection/detector-traits.js';
import { planScene } from '../../../src/detection/scene/plan.js';
import { defaultMemoryBytes, tileSizeFor, usualOverlap } from '../../../src/detection/scene/tile-size.js';

describe('planScene', () => {
  it.each([
    [10000, 7000, 1024, 128, 64],
    [1025, 1024, 1024, 256, 16],
    [5000, 999, 1024, 0, 448],
    [300, 200, 1024, 256, 16],
    [5000, 2000, 512, 200, 448],
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
        if (index > 0) expect(columns[index - 1]! + tileSize - left).toBeGreaterThanOrEqual(overlap);
      }
      for (const tile of tiles) {
        expect(tile.width).toBe(Math.min(tileSize, width - tile.left));
        expect(tile.height).toBe(Math.min(tileSize, height - tile.top));
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
  const endless = { width: 1e6, height: 1e6 };
  const sizes = (traits: Parameters<typeof tileSizeFor>[1], overlap = 256) =>
    [0.1e9, 1e9, 2e9, 1e12].map((bytes) => tileSizeFor(bytes, traits, overlap, endless));

  it('grows with the memory, such that tiles overlap by no more than asked for', () => {
    expect(sizes({ stride: 64 })).toEqual([1024, 1536, 2048, 8192]);
    for (const overlap of [128, 256, 512]) {
      for (const side of sizes({ stride: 32, grid: 448 }, overlap)) {
        expect((side - overlap) % 448).toBe(0);
        expect(side).toBeGreaterThanOrEqual(1024);
        expect(side).toBeLessThanOrEqual(8192);
      }
    }
  });

  it('takes tiles no larger than as few of them need', () => {
    const traits = { stride: 32, grid: 448, passBytes: (side: number) => side ** 2 };
    const sideFor = (width: number, height: number) => tileSizeFor(8192 ** 2, traits, 768, { width, height });
    // Three of 768 + 12 * 448 pixels cover what three of 768 + 11 * 448 would not.
    expect(sideFor(16384, 16384)).toBe(6144);
    expect(sideFor(6145, 16384)).toBe(6592);
    expect(planScene({ width: 16384, height: 9000 }, 6144, 768, traits)).toHaveLength(6);
    expect(sideFor(1500, 900)).toBe(1664);
    expect(sideFor(500, 500)).toBe(1216);
  });

  it('follows what a detector says it needs', () => {
    const light = sizes({ stride: 32, passBytes: (side) => 70 * side ** 2 });
    const heavy = sizes({ stride: 32, passBytes: (side) => 1000 * side ** 2 });
    expect(light).toEqual([1024, 3584, 5120, 8192]);
    expect(heavy).toEqual([1024, 1024, 1280, 8192]);
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
    expect(overlap).toBe(name === 'aircraft' ? 768 : 256);
    const side = tileSizeFor(defaultMemoryBytes, traits, overlap, { width: 1e6, height: 1e6 });
    expect(side).toBeGreaterThanOrEqual(2000);
    expect(traits.passBytes!(side)).toBeLessThan(2e9);
  });
});
