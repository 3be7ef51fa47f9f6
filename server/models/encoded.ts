import sharp from 'sharp';
import type { Picture } from './served-model.js';

/** A picture as a file; pixels become a TIFF without compression, which costs no more than a copy of them. */
export async function encoded(picture: Picture): Promise<Uint8Array> {
  if (picture instanceof Uint8Array) return picture;
  const { data, width, height } = picture;
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
