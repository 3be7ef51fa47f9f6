import type { Box } from '../boxes/box.js';
import type { RgbImage } from './decode.js';

/** A part of a decoded image, which must lie within it. */
export function cutOut(image: RgbImage, { left, top, width, height }: Box): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const start = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(start, start + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}
