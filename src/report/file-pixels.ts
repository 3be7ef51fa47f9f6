import type { RgbImage } from '../image/decode.js';
import { readHeader } from '../image/header.js';
import { decodeAsScene } from '../image/raster/decode-as-scene.js';

/** Decodes an image file as models are shown it. @throws UserError when it cannot be read */
export async function filePixels(path: string): Promise<RgbImage> {
  return decodeAsScene(path, await readHeader(path));
}
