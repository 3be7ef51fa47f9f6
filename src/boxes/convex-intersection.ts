/** Corners one after the other: x0, y0, x1, y1, ... */
type Polygon = readonly number[];

/**
 * Area that two convex polygons share, by clipping one at each side of the other (Sutherland and Hodgman, 1974).
 * Either may run clockwise or counterclockwise; degenerate ones share nothing.
 */
export function convexIntersectionArea(a: Polygon, b: Polygon): number {
  // Relative to a corner, so that squares of scene coordinates of 100,000 pixels cost no precision.
  const [x, y] = [a[0]!, a[1]!];
  let rest = counterclockwise(a.map((value, at) => value - (at % 2 ? y : x)));
  const clip = counterclockwise(b.map((value, at) => value - (at % 2 ? y : x)));
  for (let at = 0; at < clip.length && rest.length > 0; at += 2) {
    const to = (at + 2) % clip.length;
    rest = keepLeftOf(rest, clip[at]!, clip[at + 1]!, clip[to]!, clip[to + 1]!);
  }
  return signedArea(rest) > 0 && signedArea(clip) > 0 ? signedArea(rest) : 0;
}

/** Positive for polygons that run from the x axis towards the y axis. */
export function signedArea(polygon: Polygon): number {
  let twice = 0;
  for (let at = 0; at < polygon.length; at += 2) {
    const to = (at + 2) % polygon.length;
    twice += polygon[at]! * polygon[to + 1]! - polygon[to]! * polygon[at + 1]!;
  }
  return twice / 2;
}

function counterclockwise(polygon: number[]): number[] {
  if (signedArea(polygon) >= 0) return polygon;
  const turned: number[] = [];
  for (let at = polygon.length - 2; at >= 0; at -= 2) turned.push(polygon[at]!, polygon[at + 1]!);
  return turned;
}

/** The part of a polygon on the left of the line from (x0, y0) to (x1, y1). */
function keepLeftOf(polygon: Polygon, x0: number, y0: number, x1: number, y1: number): number[] {
  const side = (at: number) => (x1 - x0) * (polygon[at + 1]! - y0) - (y1 - y0) * (polygon[at]! - x0);
  const kept: number[] = [];
  for (let at = 0; at < polygon.length; at += 2) {
    const to = (at + 2) % polygon.length;
    const [here, there] = [side(at), side(to)];
    if (here >= 0) kept.push(polygon[at]!, polygon[at + 1]!);
    if (here < 0 !== there < 0) {
      const share = here / (here - there);
      kept.push(
        polygon[at]! + share * (polygon[to]! - polygon[at]!),
        polygon[at + 1]! + share * (polygon[to + 1]! - polygon[at + 1]!),
      );
    }
  }
  return kept;
}
