import { roundUp } from '../base/round-up.js';
import type { Size } from '../boxes/box.js';
import type { RgbImage } from './decode.js';

/** The size with its sides brought up to multiples of a model's stride. */
export function paddedSize({ width, height }: Size, stride: number): Size {
  return { width: roundUp(width, stride), height: roundUp(height, stride) };
}

/**
 * Brings an image's sides up to multiples of a model's stride: it is continued to the right and below by its mirror image,
 * which is what the model has seen of borders that least looks like an edge. That also makes images smaller than one
 * patch large enough. Plain JavaScript, as browsers need it too.
 */
export function mirrorPadded(image: RgbImage, stride: number): RgbImage {
  const { width, height } = paddedSize(image, stride);
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) copyPaddedRow(image, y, data.subarray(3 * width * y, 3 * width * (y + 1)));
  return { data, width, height };
}

/** Writes a row of the continued image. @param into RGB interleaved, at least as wide as the image */
export function copyPaddedRow({ data, width, height }: RgbImage, y: number, into: Uint8Array): void {
  const from = 3 * width * mirrored(y, height);
  into.set(data.subarray(from, from + 3 * width));
  for (let x = width; 3 * x < into.length; x++) {
    const pixel = from + 3 * mirrored(x, width);
    for (let channel = 0; channel < 3; channel++) into[3 * x + channel] = data[pixel + channel]!;
  }
}

/** The index that `index` shows in a row of `length` continued by its mirror images, edge pixels repeated. */
function mirrored(index: number, length: number): number {
  const inPeriod = index % (2 * length);
  return inPeriod < length ? inPeriod : 2 * length - 1 - inPeriod;
}
