import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  chain,
  cropAndScale,
  mapBox,
  mapObject,
  rotationMap,
  symmetryMap,
} from '../../../datasets/augment/affine.js';
import { applySymmetry } from '../../../datasets/augment/geometry.js';
import type { Planes } from '../../../datasets/augment/planes.js';
import { rotatePlanes, sizeBeforeRotation } from '../../../datasets/augment/rotation.js';
import type { BoxEdges } from '../../../src/boxes/annotations.js';
import { cornersOfBox, rotatedBoxOf, wrapAngle } from '../../../src/boxes/rotated-box.js';
import { imageOf, litBox } from '../marked-images.js';

const side = fc.integer({ min: 1, max: 12 });
const anySymmetry = fc.record({ transpose: fc.boolean(), flipX: fc.boolean(), flipY: fc.boolean() });

it('moves a marked pixel and its box together under all symmetries', () => {
  fc.assert(
    fc.property(side, side, fc.nat(), fc.nat(), anySymmetry, (width, height, xSeed, ySeed, symmetry) => {
      const [x, y] = [xSeed % width, ySeed % height];
      const box: BoxEdges = [x, y, x + 1, y + 1];
      const moved = applySymmetry(imageOf(width, height, [box]), symmetry);
      expect(mapBox(box, symmetryMap(symmetry, width, height))).toEqual(litBox(moved));
    }),
    { seed: 1 },
  );
});

it('moves a marked square and its corners together under rotation', () => {
  fc.assert(
    fc.property(fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }), (angle) => {
      const size = { width: 60, height: 40 };
      const before = sizeBeforeRotation(size, angle);
      const [x, y] = [Math.floor(before.width / 2) + 3, Math.floor(before.height / 2) - 8];
      const box: BoxEdges = [x, y, x + 9, y + 5];
      const turned = rotatePlanes(imageOf(before.width, before.height, [box]), angle, size);
      const middles = [before, size].map(({ width, height }) => [width / 2, height / 2] as const);
      const map = rotationMap(angle, middles[0]!, middles[1]!);
      const [found, expected] = [litBox(turned), mapBox(box, map)];
      for (const edge of [0, 1, 2, 3]) expect(Math.abs(found[edge]! - expected[edge]!)).toBeLessThan(1.3);
    }),
    { seed: 1, numRuns: 60 },
  );
});

it('fills the turned image from the larger one before, without repeating its edges', () => {
  const size = { width: 31, height: 20 };
  for (const angle of [0.3, 1, -2.2]) {
    const before = sizeBeforeRotation(size, angle);
    const inner: BoxEdges = [1, 1, before.width - 1, before.height - 1];
    // The outermost ring is dark: it must not be seen but for the blend of the last half pixel.
    const turned: Planes = rotatePlanes(imageOf(before.width, before.height, [inner]), angle, size);
    expect(turned.data.filter((value) => value < 0.01).length).toBe(0);
  }
});

it('chains maps in the order given', () => {
  const map = chain(
    cropAndScale(10, 20, 2, 3),
    symmetryMap({ transpose: true, flipX: true, flipY: false }, 40, 60),
  );
  // (12, 21) -> crop and scale (4, 3) -> transposed (3, 4) -> mirrored in the new width of 60 (57, 4)
  expect(mapBox([12, 21, 12, 21], map)).toEqual([57, 4, 57, 4]);
});

it('gives an oriented object the box around its mapped corners', () => {
  const polygon = cornersOfBox({ x: 50, y: 40, length: 20, breadth: 10, angle: 0.4 });
  const object = { box: [0, 0, 99, 99] as const, polygon, label: 2, area: 200 };
  const mapped = mapObject(object, rotationMap(-0.4, [50, 40], [50, 40]));
  const expected = [40, 35, 60, 45];
  for (const edge of [0, 1, 2, 3]) expect(mapped.box[edge]!).toBeCloseTo(expected[edge]!, 9);
  expect(mapped).toMatchObject({ label: 2, area: undefined });
});

it('reads a rectangle from its corners, wherever they start and whichever way they run', () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const anyBox = fc.record({
    x: number(-9, 9),
    y: number(-9, 9),
    length: number(3, 9),
    breadth: number(1, 2),
  });
  fc.assert(
    fc.property(anyBox, number(-9, 9), fc.nat({ max: 3 }), fc.boolean(), (sides, turn, start, reversed) => {
      const box = { ...sides, angle: wrapAngle(turn) };
      const corners = cornersOfBox(box);
      const pairs = [0, 1, 2, 3].map((corner) => corners.slice(2 * corner, 2 * corner + 2));
      const ordered = [...pairs.slice(start), ...pairs.slice(0, start)];
      if (reversed) ordered.reverse();
      const read = rotatedBoxOf(ordered.flat() as unknown as typeof corners);
      for (const key of ['x', 'y', 'length', 'breadth'] as const) expect(read[key]).toBeCloseTo(box[key], 9);
      expect(Math.sin(read.angle - box.angle)).toBeCloseTo(0, 9);
      expect(read.angle).toBeGreaterThanOrEqual(-Math.PI / 2);
      expect(read.angle).toBeLessThan(Math.PI / 2);
    }),
    { seed: 1 },
  );
});
