import type { BoxEdges } from '../../boxes/annotations.js';

/** Corners of a ring, first and last the same or not, in pixels of a scene. */
export type PixelRing = readonly (readonly [x: number, y: number])[];

/** A part of a scene: polygons, each an outer ring and the holes in it, in pixels of the scene. */
export interface Area {
  readonly polygons: readonly (readonly PixelRing[])[];
}

/** The smallest box around an area; undefined for one without polygons. */
export function areaBounds({ polygons }: Area): BoxEdges | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of polygons.flat(2)) {
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  }
  return left <= right && top <= bottom ? [left, top, right, bottom] : undefined;
}

/** Whether a point lies in an area and in none of its holes. */
export function areaContains({ polygons }: Area, x: number, y: number): boolean {
  return polygons.some((rings) => isInside(rings, x, y));
}

/** Whether an area and a box have anything in common. */
export function areaTouches(area: Area, box: BoxEdges): boolean {
  const [left, top, right, bottom] = box;
  if (areaContains(area, (left + right) / 2, (top + bottom) / 2)) return true;
  return area.polygons.some((rings) =>
    rings.some((ring) => ring.some((from, index) => crosses(from, ring[(index + 1) % ring.length]!, box))),
  );
}

/** Even-odd rule: a ray to the right crosses the rings an odd number of times. */
function isInside(rings: readonly PixelRing[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (const [index, [x0, y0]] of ring.entries()) {
      const [x1, y1] = ring[(index + 1) % ring.length]!;
      if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
    }
  }
  return inside;
}

/** Whether a line has a part within a box (Liang and Barsky, 1984). */
function crosses(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  [left, top, right, bottom]: BoxEdges,
): boolean {
  let [enter, leave] = [0, 1];
  const sides = [
    [x0 - x1, x0 - left],
    [x1 - x0, right - x0],
    [y0 - y1, y0 - top],
    [y1 - y0, bottom - y0],
  ] as const;
  for (const [step, room] of sides) {
    if (step === 0 && room < 0) return false;
    if (step < 0) enter = Math.max(enter, room / step);
    if (step > 0) leave = Math.min(leave, room / step);
  }
  return enter <= leave;
}
