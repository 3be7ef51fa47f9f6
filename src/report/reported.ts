import type { Quadrilateral } from '../boxes/annotations.js';
import type { RgbImage } from '../image/decode.js';

/** An object of the labels, in pixels of its image. */
export interface ReportedTruth {
  readonly corners: Quadrilateral;
  readonly label: number;
  /** Neither found nor missed counts: crowds, difficult objects, what is mostly outside. */
  readonly ignored?: boolean;
}

/** An object that was found, in pixels of its image. */
export interface ReportedFound {
  readonly corners: Quadrilateral;
  /** -1: a class that the labels do not have. */
  readonly label: number;
  readonly score: number;
}

/** An image with what it shows and what was found in it. */
export interface ReportedImage {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly truths: readonly ReportedTruth[];
  readonly found: readonly ReportedFound[];
  /** Decodes it, for pictures of it. */
  pixels(): Promise<RgbImage>;
}

/** The corners of an upright box, from the top left on. */
export function cornersOfBox([left, top, right, bottom]: readonly [
  number,
  number,
  number,
  number,
]): Quadrilateral {
  return [left, top, right, top, right, bottom, left, bottom];
}
