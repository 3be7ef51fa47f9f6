import sharp from 'sharp';
import type { Size } from '../boxes/box.js';
import { infernoTable } from '../image/colour-map.js';
import type { AttentionMap } from './attention-map.js';
import { stretchMap } from './attention-overlay.js';

/**
 * Draws a map of attention on its own, to be laid over its picture: the stronger, the brighter and the less transparent.
 * Levels are those of `drawAttention`.
 *
 * @param picture size of the picture, in pixels
 * @param longestSide of what is drawn, in pixels
 * @returns a PNG in the picture's proportions
 */
export async function drawHeat(map: AttentionMap, picture: Size, longestSide = 1600): Promise<Buffer> {
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const levels = await stretchMap(map, picture, { width, height });
  const colours = infernoTable();
  const drawn = new Uint8Array(4 * levels.length);
  for (const [pixel, level] of levels.entries()) {
    drawn.set(colours.subarray(3 * level, 3 * level + 3), 4 * pixel);
    // Squared, so that weak attention leaves the picture clear.
    drawn[4 * pixel + 3] = Math.round((level * level) / 255);
  }
  return sharp(drawn, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 7 })
    .toBuffer();
}
