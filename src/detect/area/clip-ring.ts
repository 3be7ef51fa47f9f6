import type { BoxEdges } from '../../boxes/annotations.js';
import type { Position } from '../../geo/antimeridian.js';

/**
 * The part of a ring within a box, by cutting it at one side after the other (Sutherland and Hodgman, 1974). Of a ring
 * that leaves the box and comes back the parts are joined along the box's sides.
 */
export function clipRing(ring: readonly Position[], [left, bottom, right, top]: BoxEdges): Position[] {
  let rest = [...ring];
  for (const [axis, limit, sign] of [
    [0, left, 1],
    [0, right, -1],
    [1, bottom, 1],
    [1, top, -1],
  ] as const) {
    rest = keepSide(rest, axis, limit, sign);
  }
  return rest;
}

function keepSide(ring: readonly Position[], axis: 0 | 1, limit: number, sign: 1 | -1): Position[] {
  return ring.flatMap((here, index) => {
    const there = ring[(index + 1) % ring.length]!;
    const [a, b] = [sign * (here[axis] - limit), sign * (there[axis] - limit)];
    const kept: Position[] = a >= 0 ? [here] : [];
    if (a >= 0 !== b >= 0) {
      const share = a / (a - b);
      kept.push([here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])]);
    }
    return kept;
  });
}
