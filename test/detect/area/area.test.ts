import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Area } from '../../../src/detect/area/area.js';
import { areaBounds, areaContains, areaTouches } from '../../../src/detect/area/area.js';

const square = (left: number, top: number, side: number): [number, number][] => [
  [left, top],
  [left + side, top],
  [left + side, top + side],
  [left, top + side],
];
/** A square with a hole, and one beside it. */
const area: Area = { polygons: [[square(0, 0, 100), square(40, 40, 20)], [square(200, 0, 10)]] };

describe('an area', () => {
  it('holds what is inside, not what is in a hole or between its polygons', () => {
    const points = [
      [10, 10],
      [50, 50],
      [150, 50],
      [205, 5],
    ] as const;
    expect(points.map(([x, y]) => areaContains(area, x, y))).toEqual([true, false, false, true]);
    expect(areaBounds(area)).toEqual([0, 0, 210, 100]);
    expect(areaBounds({ polygons: [] })).toBeUndefined();
  });

  it('touches boxes that lie in it, hold it, or are crossed by its sides', () => {
    const boxes: Record<string, [number, number, number, number]> = {
      'in it': [10, 10, 20, 20],
      'around it': [-50, -50, 400, 400],
      'across a side': [95, 45, 120, 50],
      'in the hole': [45, 45, 55, 55],
      'across the hole’s side': [45, 45, 65, 55],
      beside: [110, 10, 190, 90],
    };
    expect(
      Object.entries(boxes)
        .filter(([, box]) => areaTouches(area, box))
        .map(([name]) => name),
    ).toEqual(['in it', 'around it', 'across a side', 'across the hole’s side']);
  });

  it('touches every box that a point of it lies in', () => {
    const number = fc.double({ min: 0, max: 100, noNaN: true });
    const triangle = fc.tuple(number, number, number, number, number, number);
    fc.assert(
      fc.property(triangle, number, number, number, number, ([a, b, c, d, e, f], x, y, w, h) => {
        const ring: [number, number][] = [
          [a, b],
          [c, d],
          [e, f],
        ];
        const own = { polygons: [[ring]] };
        // Somewhere in the box.
        fc.pre(areaContains(own, x + 0.3 * w, y + 0.7 * h));
        expect(areaTouches(own, [x, y, x + w, y + h])).toBe(true);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
