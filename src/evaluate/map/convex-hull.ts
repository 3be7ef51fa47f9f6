import type { Position } from '../../geo/antimeridian.js';

/** The convex hull of points, counterclockwise, x and y in turns (Andrew's monotone chain, 1979). */
export function convexHull(points: readonly Position[]): number[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const unique = sorted.filter(
    ([x, y], index) => x !== sorted[index - 1]?.[0] || y !== sorted[index - 1]?.[1],
  );
  if (unique.length < 3) return unique.flat();
  return [...chain(unique), ...chain(unique.toReversed())].flat();
}

/** One side of the hull, without its last point. */
function chain(points: readonly Position[]): Position[] {
  const kept: Position[] = [];
  for (const point of points) {
    while (kept.length > 1 && !isLeft(kept.at(-2)!, kept.at(-1)!, point)) kept.pop();
    kept.push(point);
  }
  return kept.slice(0, -1);
}

function isLeft(a: Position, b: Position, c: Position): boolean {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0;
}
