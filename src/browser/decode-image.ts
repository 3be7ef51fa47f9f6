import { UserError } from '../base/errors.js';
import type { Box, Size } from '../boxes/box.js';
import type { View } from '../image/view.js';

/** Pixels of an image in the browser. */
export interface DecodedImage extends Size {
  /** Of the image before it is brought to the model's size. */
  readonly original: Size;
  /** A part of it, RGB interleaved: [height, width, 3]. */
  cut(box: Box): Size & { readonly data: Uint8Array };
}

/**
 * Decodes an image as the server does, as far as a browser lets: upright, in sRGB, over white.
 *
 * Of a model that resizes images the browser's own interpolation takes the place of the server's, which differs a little.
 * @param viewOf how an image of some size is brought to the model's
 * @throws UserError when this browser does not know the format
 */
export async function decodeImage(
  source: ImageBitmapSource,
  viewOf: (size: Size) => View | undefined,
): Promise<DecodedImage> {
  const options = { imageOrientation: 'from-image', premultiplyAlpha: 'default' } as const;
  const bitmap = await createImageBitmap(source, options).catch((cause: unknown) => {
    throw new UserError('This browser cannot decode the image; the server can.', { cause });
  });
  const original = { width: bitmap.width, height: bitmap.height };
  const view = viewOf(original);
  const { width, height } = view?.resized ?? original;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' })!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const kept = view?.kept ?? { left: 0, top: 0, width, height };
  return {
    original,
    width: kept.width,
    height: kept.height,
    cut: (box) => {
      const pixels = context.getImageData(kept.left + box.left, kept.top + box.top, box.width, box.height);
      return { width: box.width, height: box.height, data: withoutAlpha(pixels.data) };
    },
  };
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]!;
    rgb[to++] = rgba[from + 1]!;
    rgb[to++] = rgba[from + 2]!;
  }
  return rgb;
}
