import type { Size } from '../boxes/box.js';
import type { Affine } from './affine.js';
import { solve } from './least-squares.js';

/** Rational polynomial coefficients of a satellite image (RPC00B, as NITF, GeoTIFF and `_RPC.TXT` files have them). */
export interface RationalPolynomials {
  readonly lineOffset: number;
  readonly sampleOffset: number;
  readonly latitudeOffset: number;
  readonly longitudeOffset: number;
  readonly heightOffset: number;
  readonly lineScale: number;
  readonly sampleScale: number;
  readonly latitudeScale: number;
  readonly longitudeScale: number;
  readonly heightScale: number;
  /** 20 each. */
  readonly lineNumerator: readonly number[];
  readonly lineDenominator: readonly number[];
  readonly sampleNumerator: readonly number[];
  readonly sampleDenominator: readonly number[];
}

/** Rational polynomials at one height above the ellipsoid, in metres. */
export interface RpcPlace {
  readonly polynomials: RationalPolynomials;
  readonly height: number;
}

/** "RPCs in GeoTIFF": two errors, ten offsets and scales, four times twenty coefficients. */
export function rpcFromTag(values: ArrayLike<number>): RationalPolynomials | undefined {
  if (values.length < 92) return undefined;
  const all = Array.from(values);
  const twenty = (at: number) => all.slice(at, at + 20);
  const [, , lineOffset, sampleOffset, latitudeOffset, longitudeOffset, heightOffset] = all as number[];
  const [lineScale, sampleScale, latitudeScale, longitudeScale, heightScale] = all.slice(7);
  return {
    lineOffset: lineOffset!,
    sampleOffset: sampleOffset!,
    latitudeOffset: latitudeOffset!,
    longitudeOffset: longitudeOffset!,
    heightOffset: heightOffset!,
    lineScale: lineScale!,
    sampleScale: sampleScale!,
    latitudeScale: latitudeScale!,
    longitudeScale: longitudeScale!,
    heightScale: heightScale!,
    lineNumerator: twenty(12),
    lineDenominator: twenty(32),
    sampleNumerator: twenty(52),
    sampleDenominator: twenty(72),
  };
}

/**
 * Where an image with rational polynomials lies.
 * @param height of the ground above the ellipsoid in metres; by default the mean that the polynomials were made for
 */
export function rpcPlace(
  polynomials: RationalPolynomials,
  { width, height: rows }: Size,
  height = polynomials.heightOffset,
): { readonly transform: Affine; readonly epsg: number; readonly rpc: RpcPlace } {
  const rpc = { polynomials, height };
  const corners = [
    [0, 0],
    [width, 0],
    [0, rows],
    [width, rows],
  ] as const;
  const places = corners.map(([x, y]) => applyRpc(rpc, x, y));
  const terms = corners.map(([x, y]) => [1, x / width, y / rows]);
  const [c, a, b] = solve(
    terms,
    places.map(([x]) => x),
  ) as [number, number, number];
  const [f, d, e] = solve(
    terms,
    places.map(([, y]) => y),
  ) as [number, number, number];
  const transform = { a: a / width, b: b / rows, c, d: d / width, e: e / rows, f };
  return { transform, epsg: 4326, rpc };
}

const steps = 20;

/**
 * From pixels to longitude and latitude at the height of the place, by Newton's method: the polynomials go the other way. They
 * count from the centre of the first pixel.
 * @returns NaN where it does not end, far outside of the image
 */
export function applyRpc({ polynomials, height }: RpcPlace, x: number, y: number): [number, number] {
  const rpc = polynomials;
  const h = (height - rpc.heightOffset) / rpc.heightScale;
  const wanted = [
    (x - 0.5 - rpc.sampleOffset) / rpc.sampleScale,
    (y - 0.5 - rpc.lineOffset) / rpc.lineScale,
  ] as const;
  let [p, l] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const [s, t] = imageOf(rpc, p, l, h);
    const [ds, dt] = [wanted[0] - s, wanted[1] - t];
    if (Math.hypot(ds, dt) < 1e-12)
      return [l * rpc.longitudeScale + rpc.longitudeOffset, p * rpc.latitudeScale + rpc.latitudeOffset];
    const epsilon = 1e-6;
    const [sp, tp] = imageOf(rpc, p + epsilon, l, h);
    const [sl, tl] = imageOf(rpc, p, l + epsilon, h);
    const [a, b, c, d] = [(sp - s) / epsilon, (sl - s) / epsilon, (tp - t) / epsilon, (tl - t) / epsilon];
    const determinant = a * d - b * c;
    p += (d * ds - b * dt) / determinant;
    l += (a * dt - c * ds) / determinant;
  }
  return [Number.NaN, Number.NaN];
}

/** Normalised sample and line of a normalised latitude, longitude and height. */
function imageOf(rpc: RationalPolynomials, p: number, l: number, h: number): [number, number] {
  const terms = [
    1,
    l,
    p,
    h,
    l * p,
    l * h,
    p * h,
    l * l,
    p * p,
    h * h,
    p * l * h,
    l * l * l,
    l * p * p,
    l * h * h,
    l * l * p,
    p * p * p,
    p * h * h,
    l * l * h,
    p * p * h,
    h * h * h,
  ];
  const sum = (factors: readonly number[]) =>
    terms.reduce((total, term, index) => total + term * (factors[index] ?? 0), 0);
  return [
    sum(rpc.sampleNumerator) / sum(rpc.sampleDenominator),
    sum(rpc.lineNumerator) / sum(rpc.lineDenominator),
  ];
}
