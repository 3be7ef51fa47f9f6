import type { Orientation, Size } from '../boxes/box.js';
import type { Affine } from './affine.js';
import { applyAffine } from './affine.js';
import type { Georeference } from './georeference.js';

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

/** From pixels of the upright image to those that are stored. @param size of the image as it is stored */
function storedPixels(orientation: Orientation, { width, height }: Size): Affine {
  const [x, y] = stored[orientation]!;
  return {
    a: x[0],
    b: x[1],
    c: x[2] * width + x[3] * height,
    d: y[0],
    e: y[1],
    f: y[2] * width + y[3] * height,
  };
}

/**
 * Where an image lies that is turned upright, by where it lies as it is stored, which files beside it speak of.
 * @param size of the image as it is stored
 */
export function uprightPlace(place: Georeference, orientation: Orientation, size: Size): Georeference {
  if (orientation === 1) return place;
  const pixels = storedPixels(orientation, size);
  return { ...place, transform: composed(place.transform, pixels), storedPixels: pixels };
}

/** One transform after another. */
function composed(outer: Affine, inner: Affine): Affine {
  const [c, f] = applyAffine(outer, inner.c, inner.f);
  return {
    a: outer.a * inner.a + outer.b * inner.d,
    b: outer.a * inner.b + outer.b * inner.e,
    c,
    d: outer.d * inner.a + outer.e * inner.d,
    e: outer.d * inner.b + outer.e * inner.e,
    f,
  };
}
