import type { Affine } from './affine.js';
import { solve } from './least-squares.js';

/** A position in pixels whose coordinates are known. */
export interface ControlPoint {
  readonly pixel: number;
  readonly line: number;
  readonly x: number;
  readonly y: number;
}

/** A polynomial of the second degree in u = (pixel - column) / scale, v = (line - row) / scale: 1, u, v, u², uv, v². */
export interface PixelPolynomial {
  readonly column: number;
  readonly row: number;
  readonly scale: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** From so many points on, GDAL's warper takes polynomials of the second degree by default. */
const enoughForSquares = 6;

/**
 * The polynomials that fit control points best, as `gdalwarp` does by default: straight ones below six points, of the second
 * degree otherwise. GDAL's own (after GRASS) are least squares too.
 * @returns the straight transform, and the polynomial where it is not straight
 */
export function fitGroundControl(points: readonly ControlPoint[]): {
  readonly transform: Affine;
  readonly polynomial?: PixelPolynomial;
} {
  const centred = centre(points);
  const straight = fitDegree(points, centred, 3);
  const [c, a, b] = straight.x as [number, number, number];
  const [f, d, e] = straight.y as [number, number, number];
  const { column, row, scale } = centred;
  const transform = {
    a: a / scale,
    b: b / scale,
    c: c - (a * column + b * row) / scale,
    d: d / scale,
    e: e / scale,
    f: f - (d * column + e * row) / scale,
  };
  if (points.length < enoughForSquares) return { transform };
  const { x, y } = fitDegree(points, centred, 6);
  // Points on few lines leave the squares open.
  if (![...x, ...y].every(Number.isFinite)) return { transform };
  return { transform, polynomial: { ...centred, x, y } };
}

export function applyPolynomial(polynomial: PixelPolynomial, x: number, y: number): [number, number] {
  const terms = termsOf(polynomial, x, y, polynomial.x.length);
  const sum = (factors: readonly number[]) =>
    factors.reduce((total, factor, index) => total + factor * terms[index]!, 0);
  return [sum(polynomial.x), sum(polynomial.y)];
}

type Centre = Pick<PixelPolynomial, 'column' | 'row' | 'scale'>;

function centre(points: readonly ControlPoint[]): Centre {
  const [pixels, lines] = [points.map(({ pixel }) => pixel), points.map(({ line }) => line)];
  const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  const reach = Math.max(...pixels) - Math.min(...pixels) + Math.max(...lines) - Math.min(...lines);
  return { column: middle(pixels), row: middle(lines), scale: reach / 2 || 1 };
}

function fitDegree(points: readonly ControlPoint[], centred: Centre, terms: 3 | 6) {
  const rows = points.map(({ pixel, line }) => termsOf(centred, pixel, line, terms));
  // Coordinates of millions lose digits in the squares: the mean is taken off before.
  const one = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const factors = solve(
      rows,
      values.map((value) => value - mean),
    );
    return [factors[0]! + mean, ...factors.slice(1)];
  };
  return { x: one(points.map(({ x }) => x)), y: one(points.map(({ y }) => y)) };
}

function termsOf({ column, row, scale }: Centre, pixel: number, line: number, count: number): number[] {
  const [u, v] = [(pixel - column) / scale, (line - row) / scale];
  return [1, u, v, u * u, u * v, v * v].slice(0, count);
}
