import type { Affine } from './affine.js';
import { applyAffine } from './affine.js';
import type { PixelPolynomial } from './ground-control.js';
import { applyPolynomial } from './ground-control.js';
import type { RpcPlace } from './rpc.js';
import { applyRpc } from './rpc.js';

/** Where an image lies on Earth. */
export interface Georeference {
  /**
   * From pixels to coordinates of the reference system, x east or longitude, y north or latitude. (0, 0) is the outer
   * corner of the first pixel, (0.5, 0.5) its centre. Where control points or rational polynomials say more, the straight
   * transform that comes closest: `mapPosition` is exact.
   */
  readonly transform: Affine;
  /** Code of the reference system; absent where the file describes one of its own. */
  readonly epsg?: number;
  /** Definition of a system without an EPSG code: an ESRI code, a PROJ string, or WKT. */
  readonly crs?: string;
  /** What the file calls its reference system. */
  readonly citation?: string;
  /** Through control points, of the second degree. */
  readonly polynomial?: PixelPolynomial;
  /** Rational polynomials of a satellite image, at one height; longitude and latitude in WGS 84. */
  readonly rpc?: RpcPlace;
  /** From pixels to those that `polynomial` and `rpc` speak of, where the image is turned. */
  readonly storedPixels?: Affine;
}

/** The coordinates of a position in pixels, in the reference system of the image. */
export function mapPosition(place: Georeference, x: number, y: number): [number, number] {
  const own: [number, number] = place.storedPixels ? applyAffine(place.storedPixels, x, y) : [x, y];
  if (place.rpc) return applyRpc(place.rpc, ...own);
  if (place.polynomial) return applyPolynomial(place.polynomial, ...own);
  return applyAffine(place.transform, x, y);
}

/** What a file says its reference system is, for `unprojectFrom`; undefined where it says nothing that is understood. */
export function systemOfPlace({ epsg, crs }: Georeference): string | number | undefined {
  return epsg ?? crs;
}
