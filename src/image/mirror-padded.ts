import sharp from 'sharp';
import type { Size } from './box.js';
import type { RgbImage } from './decode.js';

/** The size with its sides brought up to multiples of a model's stride. */
export function paddedSize({ width, height }: Size, stride: number): Size {
  return { width: Math.ceil(width / stride) * stride, height: Math.ceil(height / stride) * stride };
}

/**
 * Brings a picture's sides up to multiples of a model's stride: it is continued to the right and below by its mirror image,
 * which is what the model has seen of borders that least looks like an edge. That also makes pictures smaller than one
 * patch large enough.
 */
export async function mirrorPadded(image: RgbImage, stride: number): Promise<RgbImage> {
  const { width, height } = paddedSize(image, stride);
  if (width === image.width && height === image.height) return image;
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const data = await sharp(image.data, { raw, limitInputPixels: false })
    .extend({ right: width - image.width, bottom: height - image.height, extendWith: 'mirror' })
    .raw()
    .toBuffer();
  return { data, width, height };
}
