import type { Size } from '../../boxes/box.js';
import type { Position } from '../../geo/antimeridian.js';

/** Steps of Newton's method at most; projections are almost straight over a scene, so that three are enough. */
const mostSteps = 20;
/** Pixels that are near enough. */
const tolerance = 1e-3;

/**
 * The pixel that lies at a position, by Newton's method from the middle of the scene.
 * @param position where a pixel lies; smooth over the scene and around it
 */
export function pixelOf(
  [toX, toY]: Position,
  position: (x: number, y: number) => Position,
  { width, height }: Size,
): [x: number, y: number] {
  let [x, y] = [width / 2, height / 2];
  for (let step = 0; step < mostSteps; step++) {
    const [atX, atY] = position(x, y);
    const [rightX, rightY] = position(x + 1, y);
    const [belowX, belowY] = position(x, y + 1);
    const [a, b, c, d] = [rightX - atX, belowX - atX, rightY - atY, belowY - atY];
    const [offX, offY] = [toX - atX, toY - atY];
    const determinant = a * d - b * c;
    const [dx, dy] = [(d * offX - b * offY) / determinant, (a * offY - c * offX) / determinant];
    [x, y] = [x + dx, y + dy];
    if (Math.hypot(dx, dy) < tolerance) break;
  }
  return [x, y];
}
