import type { Size } from './box.js';
import type { RgbImage } from './decode.js';

/** The size with its sides brought up to multiples of a model's stride. */
export function paddedSize({ width, height }: Size, stride: number): Size {
  return { width: Math.ceil(width / stride) * stride, height: Math.ceil(height / stride) * stride };
}

/**
 * Brings a picture's sides up to multiples of a model's stride: it is continued to the right and below by its mirror image,
 * which is what the model has seen of borders that least looks like an edge. That also makes pictures smaller than one
 * patch large enough. Plain JavaScript, as browsers need it too.
 */
export function mirrorPadded(image: RgbImage, stride: number): RgbImage {
  const { width, height } = paddedSize(image, stride);
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * image.width * mirrored(y, image.height);
    const row = image.data.subarray(from, from + 3 * image.width);
    const to = 3 * width * y;
    data.set(row, to);
    for (let x = image.width; x < width; x++) {
      const pixel = 3 * mirrored(x, image.width);
      for (let channel = 0; channel < 3; channel++) data[to + 3 * x + channel] = row[pixel + channel]!;
    }
  }
  return { data, width, height };
}

/** The index that `index` shows in a row of `length` continued by its mirror images, edge pixels repeated. */
function mirrored(index: number, length: number): number {
  const inPeriod = index % (2 * length);
  return inPeriod < length ? inPeriod : 2 * length - 1 - inPeriod;
}
