import sharp from 'sharp';
import { readHeader } from '../../src/image/header.js';
import type { EncodedImage, Image } from './served-model.js';

/** An image as a file; pixels become a TIFF without compression, which costs no more than a copy of them. */
export async function encoded(image: Image): Promise<EncodedImage> {
  if ('bytes' in image) return image;
  const { data, width, height } = image;
  const tiff = await sharp(data, { raw: { width, height, channels: 3 } })
    .tiff({ compression: 'none' })
    .toBuffer();
  return withHeader(tiff);
}

/** Reads the header of an encoded image. @throws UserError as `readHeader` */
export async function withHeader(image: Uint8Array): Promise<EncodedImage> {
  const bytes = Uint8Array.from(image);
  return { bytes, header: await readHeader(bytes) };
}

/** What models are warmed with. */
export async function blankImage(): Promise<EncodedImage> {
  const png = await sharp({ create: { width: 256, height: 256, channels: 3, background: 'grey' } })
    .png()
    .toBuffer();
  return withHeader(png);
}
