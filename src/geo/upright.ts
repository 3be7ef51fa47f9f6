import type { Orientation, Size } from '../boxes/box.js';
import type { Affine } from './affine.js';

/** From pixels of the upright image to those that are stored, by EXIF orientation: x and y as factors of u, v, width, height. */
const stored: Readonly<Record<number, readonly [x: Row, y: Row]>> = {
  1: [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
  ],
  2: [
    [-1, 0, 1, 0],
    [0, 1, 0, 0],
  ],
  3: [
    [-1, 0, 1, 0],
    [0, -1, 0, 1],
  ],
  4: [
    [1, 0, 0, 0],
    [0, -1, 0, 1],
  ],
  5: [
    [0, 1, 0, 0],
    [1, 0, 0, 0],
  ],
  6: [
    [0, 1, 0, 0],
    [-1, 0, 0, 1],
  ],
  7: [
    [0, -1, 1, 0],
    [-1, 0, 0, 1],
  ],
  8: [
    [0, -1, 1, 0],
    [1, 0, 0, 0],
  ],
};

type Row = readonly [u: number, v: number, width: number, height: number];

/**
 * The transform of an image that is turned upright, from that of the image as it is stored, which files beside it speak of.
 * @param size of the image as it is stored
 */
export function uprightTransform(
  { a, b, c, d, e, f }: Affine,
  orientation: Orientation,
  { width, height }: Size,
): Affine {
  const [x, y] = stored[orientation]!;
  const [x0, y0] = [x[2] * width + x[3] * height, y[2] * width + y[3] * height];
  return {
    a: a * x[0] + b * y[0],
    b: a * x[1] + b * y[1],
    c: a * x0 + b * y0 + c,
    d: d * x[0] + e * y[0],
    e: d * x[1] + e * y[1],
    f: d * x0 + e * y0 + f,
  };
}
