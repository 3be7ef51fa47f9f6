import type { Size } from '../boxes/box.js';
import type { Georeference } from './georeference.js';
import { mapPosition } from './georeference.js';

/** Pixels by which bands of one scene may lie apart. */
const tolerance = 0.5;

/** Whether two images of one size lie in the same place, as bands of one scene do: to half a pixel, in one system. */
export function isSamePlace(one: Georeference, other: Georeference, { width, height }: Size): boolean {
  if (one.epsg !== other.epsg || one.crs !== other.crs) return false;
  const corners = [
    [0, 0],
    [width, 0],
    [0, height],
    [width, height],
  ] as const;
  const { a, b, d, e } = one.transform;
  const pixel = Math.max(Math.hypot(a, d), Math.hypot(b, e));
  return corners.every(([x, y]) => {
    const [p, q] = [mapPosition(one, x, y), mapPosition(other, x, y)];
    return Math.hypot(p[0] - q[0], p[1] - q[1]) <= tolerance * pixel;
  });
}
