import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Symmetry } from '../../../datasets/augment/geometry.js';
import { applySymmetry, centredCrop, drawCrop, drawSymmetry } from '../../../datasets/augment/geometry.js';
import type { Planes } from '../../../datasets/augment/planes.js';
import { randomStream } from '../../../src/base/random.js';

const side = fc.integer({ min: 1, max: 500 });
const shortSide = fc.integer({ min: 1, max: 9 });
const anySymmetry = fc.record({ transpose: fc.boolean(), flipX: fc.boolean(), flipY: fc.boolean() });

/** An image whose every value tells its place. */
function numbered(width: number, height: number): Planes {
  return { width, height, data: Float32Array.from({ length: 3 * width * height }, (_, index) => index) };
}

function key(symmetry: Symmetry): string {
  return JSON.stringify([symmetry.transpose, symmetry.flipX, symmetry.flipY]);
}

describe('drawCrop', () => {
  it('stays inside any image and keeps to the ranges when they can be met', () => {
    fc.assert(
      fc.property(side, side, fc.integer(), (width, height, seed) => {
        const settings = { scale: [0.1, 1], ratio: [3 / 4, 4 / 3] } as const;
        const box = drawCrop(randomStream(seed), width, height, settings);
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
      }),
      { seed: 1 },
    );
  });

  it('covers the share of the area that was asked for', () => {
    const random = randomStream(1);
    const settings = { scale: [0.25, 0.5], ratio: [3 / 4, 4 / 3] } as const;
    for (let trial = 0; trial < 300; trial++) {
      const { width, height } = drawCrop(random, 400, 400, settings);
      expect((width * height) / 160_000).toBeGreaterThan(0.245);
      expect((width * height) / 160_000).toBeLessThan(0.505);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.35);
    }
  });

  it('falls back to the largest centred box of a permitted ratio', () => {
    const settings = { scale: [1, 1], ratio: [1, 1] } as const;
    expect(drawCrop(randomStream(1), 100, 40, settings)).toEqual({ left: 30, top: 0, width: 40, height: 40 });
    expect(centredCrop(1, 1000, [3 / 4, 4 / 3])).toEqual({ left: 0, top: 499, width: 1, height: 1 });
  });
});

describe('applySymmetry', () => {
  it('only moves pixels, all channels alike', () => {
    fc.assert(
      fc.property(shortSide, shortSide, anySymmetry, (width, height, symmetry) => {
        const turned = applySymmetry(numbered(width, height), symmetry);
        expect([turned.width, turned.height]).toEqual(symmetry.transpose ? [height, width] : [width, height]);
        const area = width * height;
        const red = turned.data.subarray(0, area);
        expect(red.toSorted()).toEqual(numbered(width, height).data.subarray(0, area));
        for (const channel of [1, 2]) {
          const plane = turned.data.subarray(channel * area, (channel + 1) * area);
          expect(plane).toEqual(red.map((value) => value + channel * area));
        }
      }),
      { seed: 1 },
    );
  });

  it('places pixels as documented', () => {
    const image = numbered(3, 2); // 0 1 2 / 3 4 5
    const red = (symmetry: Symmetry) => [...applySymmetry(image, symmetry).data.subarray(0, 6)];
    expect(red({ transpose: false, flipX: true, flipY: false })).toEqual([2, 1, 0, 5, 4, 3]);
    expect(red({ transpose: false, flipX: false, flipY: true })).toEqual([3, 4, 5, 0, 1, 2]);
    expect(red({ transpose: true, flipX: false, flipY: false })).toEqual([0, 3, 1, 4, 2, 5]);
    // Transposed, then mirrored: a quarter turn clockwise.
    expect(red({ transpose: true, flipX: true, flipY: false })).toEqual([3, 0, 4, 1, 5, 2]);
  });

  it('has exactly the eight symmetries of the square, and combining any two gives another', () => {
    const image = numbered(3, 3);
    const all = [false, true].flatMap((transpose) =>
      [false, true].flatMap((flipX) => [false, true].map((flipY) => ({ transpose, flipX, flipY }))),
    );
    const results = new Set(all.map((symmetry) => applySymmetry(image, symmetry).data.join()));
    expect(results.size).toBe(8);
    for (const first of all) {
      for (const second of all) {
        expect(results).toContain(applySymmetry(applySymmetry(image, first), second).data.join());
      }
    }
  });
});

describe('drawSymmetry', () => {
  function drawn(horizontalFlip: boolean, verticalFlip: boolean, rotations: boolean, square = true) {
    const random = randomStream(9);
    const settings = { horizontalFlip, verticalFlip, rotations };
    return Array.from({ length: 400 }, () => drawSymmetry(random, settings, square));
  }

  it.each([
    [false, false, false, 1],
    [true, false, false, 2],
    [false, true, false, 2],
    [true, true, false, 4],
    [false, false, true, 4],
    [true, true, true, 8],
  ])('with flips %s, %s and rotations %s draws %d symmetries', (horizontal, vertical, rotations, count) => {
    expect(new Set(drawn(horizontal, vertical, rotations).map(key)).size).toBe(count);
  });

  it('never mirrors when only rotations are allowed', () => {
    for (const { transpose, flipX, flipY } of drawn(false, false, true)) {
      const mirrors = [transpose, flipX, flipY].filter(Boolean).length;
      expect(mirrors % 2).toBe(0);
    }
  });

  it('keeps the sides of an image that is not square', () => {
    expect(drawn(true, true, true, false).some(({ transpose }) => transpose)).toBe(false);
  });
});
