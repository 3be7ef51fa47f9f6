import sharp from 'sharp';
import type { Size } from '../boxes/box.js';
import { infernoTable } from '../image/colour-map.js';
import type { AttentionMap } from './attention-map.js';
import { stretchMap } from './attention-overlay.js';

/**
 * Draws a map of attention on its own, to be laid over its image: the stronger, the brighter and the less transparent.
 * Levels are those of `drawAttention`.
 *
 * @param image size of the image, in pixels
 * @param longestSide of what is drawn, in pixels
 * @returns a PNG in the image's proportions
 */
export async function drawHeat(map: AttentionMap, image: Size, longestSide = 1600): Promise<Buffer> {
  const scale = Math.min(1, longestSide / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const levels = await stretchMap(map, image, { width, height });
  const colours = infernoTable();
  const drawn = new Uint8Array(4 * levels.length);
  for (const [pixel, level] of levels.entries()) {
    drawn.set(colours.subarray(3 * level, 3 * level + 3), 4 * pixel);
    // Squared, so that weak attention leaves the image clear.
    drawn[4 * pixel + 3] = Math.round((level * level) / 255);
  }
  return sharp(drawn, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 7 })
    .toBuffer();
}
