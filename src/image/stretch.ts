import sharp from 'sharp';
import type { Interpolation, RgbImage } from './decode.js';
import { kernels } from './decode.js';

/** A decoded image brought to a size, whatever its aspect ratio. Reduced, every pixel of it counts. */
export async function stretched(
  { data, width, height }: RgbImage,
  toWidth: number,
  toHeight: number,
  interpolation: Interpolation,
): Promise<RgbImage> {
  if (width === toWidth && height === toHeight) return { data, width, height };
  const resized = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(toWidth, toHeight, { fit: 'fill', kernel: kernels[interpolation] })
    .raw()
    .toBuffer();
  return { data: resized, width: toWidth, height: toHeight };
}
