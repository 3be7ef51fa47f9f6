import type { Box, Size } from '../boxes/box.js';
import type { Preprocessing } from './preprocessing.js';

/** What of an image a model is given: the image brought to a size, and the part of that which is kept. */
export interface View {
  readonly resized: Size;
  readonly kept: Box;
}

/**
 * The view of a model that is not run at full resolution.
 *
 * @returns undefined where every pixel of the image is used as it is
 */
export function viewOf(image: Size, { resize, imageSize }: Preprocessing): View | undefined {
  const [height, width] = imageSize;
  switch (resize.mode) {
    case 'none':
      return undefined;
    case 'stretch':
      return { resized: { width, height }, kept: { left: 0, top: 0, width, height } };
    case 'crop': {
      const scale = resize.shorterSide / Math.min(image.width, image.height);
      // Never smaller than what is to be cut out of it.
      const resized = {
        width: Math.max(width, Math.round(image.width * scale)),
        height: Math.max(height, Math.round(image.height * scale)),
      };
      const left = Math.round((resized.width - width) / 2);
      const top = Math.round((resized.height - height) / 2);
      return { resized, kept: { left, top, width, height } };
    }
  }
}
