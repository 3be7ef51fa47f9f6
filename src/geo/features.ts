import type { Position } from './antimeridian.js';
import { splitAtAntimeridian } from './antimeridian.js';

export type PolygonGeometry =
  | { readonly type: 'Polygon'; readonly coordinates: Position[][] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: Position[][][] };

/** RFC 7946 section 11.2 speaks of 6 decimals, 10 cm; one more leaves the corners of small objects where they are. */
const decimals = 7;

/**
 * A polygon as RFC 7946 wants it: closed, counterclockwise, rounded, cut where it crosses the antimeridian.
 * @param ring open ring of longitudes and latitudes in degrees, in any direction
 */
export function wgs84Polygon(ring: readonly Position[]): PolygonGeometry {
  return polygonOf(splitAtAntimeridian(ring), decimals);
}

/** A polygon in the coordinates of some other reference system; RFC 7946 has no place for those. */
export function plainPolygon(ring: readonly Position[], digits: number): PolygonGeometry {
  return polygonOf([[...ring]], digits);
}

function polygonOf(rings: readonly Position[][], digits: number): PolygonGeometry {
  const closed = rings.map((ring) =>
    closeRing(counterclockwise(ring).map((position) => roundTo(position, digits))),
  );
  if (closed.length === 1) return { type: 'Polygon', coordinates: [closed[0]!] };
  return { type: 'MultiPolygon', coordinates: closed.map((ring) => [ring]) };
}

function counterclockwise(ring: Position[]): Position[] {
  let twice = 0;
  for (const [index, [x, y]] of ring.entries()) {
    const [nextX, nextY] = ring[(index + 1) % ring.length]!;
    twice += x * nextY - nextX * y;
  }
  return twice >= 0 ? ring : ring.toReversed();
}

function closeRing(ring: Position[]): Position[] {
  return [...ring, ring[0]!];
}

function roundTo([x, y]: Position, digits: number): Position {
  const factor = 10 ** digits;
  return [Math.round(x * factor) / factor, Math.round(y * factor) / factor];
}
