import sharp from 'sharp';
import type { Image } from './served-model.js';

/** An image as a file; pixels become a TIFF without compression, which costs no more than a copy of them. */
export async function encoded(image: Image): Promise<Uint8Array> {
  if (image instanceof Uint8Array) return image;
  const { data, width, height } = image;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .tiff({ compression: 'none' })
    .toBuffer();
}

/** What models are warmed with. */
export function blankImage(): Promise<Buffer> {
  return sharp({ create: { width: 256, height: 256, channels: 3, background: 'grey' } })
    .png()
    .toBuffer();
}
