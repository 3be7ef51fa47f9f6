import type { Box } from '../../boxes/box.js';
import type { RgbImage } from '../decode.js';
import { decodeRgb } from '../decode.js';
import type { ImageHeader } from '../header.js';
import { openRaster } from './open-raster.js';
import { renderRgb } from './render.js';
import type { Stretch } from './scaling.js';
import { planStretch } from './scaling.js';

export interface AsSceneOptions {
  /** Part of the upright image to decode; all of it by default. */
  readonly box?: Box;
  /** Stretches planned before, by path: looked up and added to, so that many parts of an image plan it once. */
  readonly stretches?: Map<string, Stretch>;
}

/**
 * Decodes an image for a detector to the pixels that `detectScene` shows it: samples of more than 8 bits are stretched between
 * the usual percentiles of the whole image, pixels without data, masked and transparent ones are black. Plain images of 8 bits
 * are decoded as by `decodeRgb`.
 * @throws UserError as `decodeRgb` and `openRaster`
 */
export async function decodeAsScene(
  path: string,
  header: ImageHeader,
  { box, stretches }: AsSceneOptions = {},
): Promise<RgbImage> {
  if (isPlain(header)) return decodeRgb(path, { header, box });
  const source = await openRaster(path);
  try {
    const bands = source.colourBands;
    const stretch = stretches?.get(path) ?? (await planStretch(source, bands, undefined));
    stretches?.set(path, stretch);
    const { width, height } = source;
    const tile = await source.read(box ?? { left: 0, top: 0, width, height }, { bands });
    const { data } = renderRgb(tile, stretch);
    return { width: tile.width, height: tile.height, data };
  } finally {
    await source.close();
  }
}

/** Whether an image has nothing but colours of 8 bits, all of them to be seen. */
function isPlain({ depth, reader, hasAlpha, hasMask }: ImageHeader): boolean {
  return depth === 8 && reader === 'vips' && !hasAlpha && !hasMask;
}
