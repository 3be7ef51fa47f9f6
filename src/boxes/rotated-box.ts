import type { Quadrilateral } from './annotations.js';

/** A turned rectangle in pixels: `length` lies along `angle`, `breadth` across it. */
export interface RotatedBox {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly breadth: number;
  /** Radians from the x axis towards the y axis (clockwise as seen), in [-pi/2, pi/2). */
  readonly angle: number;
}

/** Brings an angle of a rectangle, which half a turn leaves as it is, into [-pi/2, pi/2). */
export function wrapAngle(angle: number): number {
  const wrapped = angle - Math.PI * Math.floor(angle / Math.PI + 0.5);
  // Rounding may reach the open end.
  return wrapped >= Math.PI / 2 ? wrapped - Math.PI : wrapped;
}

/**
 * The rectangle of four corners, its length the longer side ("le90" of oriented detectors). For corners that make no
 * rectangle, as some drawn by hand: centre of the corners, mean sides, and the direction of the mean longer side.
 */
export function rotatedBoxOf([x1, y1, x2, y2, x3, y3, x4, y4]: Quadrilateral): RotatedBox {
  // Means of opposite sides, both taken in the same direction.
  const first = [(x2 - x1 + x3 - x4) / 2, (y2 - y1 + y3 - y4) / 2] as const;
  const second = [(x3 - x2 + x4 - x1) / 2, (y3 - y2 + y4 - y1) / 2] as const;
  const [a, b] = [Math.hypot(...first), Math.hypot(...second)];
  const [dx, dy] = a >= b ? first : second;
  return {
    x: (x1 + x2 + x3 + x4) / 4,
    y: (y1 + y2 + y3 + y4) / 4,
    length: Math.max(a, b),
    breadth: Math.min(a, b),
    angle: wrapAngle(Math.atan2(dy, dx)),
  };
}

/** The four corners of a turned rectangle, clockwise as seen. */
export function cornersOfBox({ x, y, length, breadth, angle }: RotatedBox): Quadrilateral {
  const [cos, sin] = [Math.cos(angle) / 2, Math.sin(angle) / 2];
  const [ux, uy, vx, vy] = [cos * length, sin * length, -sin * breadth, cos * breadth];
  const [left, right] = [
    [x - ux - vx, y - uy - vy],
    [x + ux - vx, y + uy - vy],
  ] as const;
  return [...left, ...right, x + ux + vx, y + uy + vy, x - ux + vx, y - uy + vy] as unknown as Quadrilateral;
}
