import sharp from 'sharp';
import type { Detections } from '../../boxes/detections.js';
import { cornersOf } from '../../boxes/detections.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import { renderRgb } from '../../image/raster/render.js';
import type { Scaling } from '../../image/raster/scaling.js';
import { fitInto, planStretch } from '../../image/raster/scaling.js';
import type { Colour } from './draw-outline.js';
import { drawOutline } from './draw-outline.js';
import { classColours } from './qgis-style.js';

export interface OverviewOptions {
  readonly bands?: readonly number[];
  readonly scaling?: Scaling;
  /** Longest side of the image drawn, in pixels. Default 2048. */
  readonly longestSide?: number;
}

/**
 * Draws a scene, scaled down, with the boxes of its detections.
 * @returns a PNG
 */
export async function drawOverview(
  source: RasterSource,
  detections: Detections,
  options: OverviewOptions = {},
): Promise<Buffer> {
  const bands = options.bands ?? source.colourBands;
  const size = fitInto(source, options.longestSide ?? 2048);
  const stretch = await planStretch(source, bands, options.scaling);
  const whole = { left: 0, top: 0, width: source.width, height: source.height };
  const rgb = renderRgb(await source.read(whole, { bands, size }), stretch);
  const scale = size.width / source.width;
  // The best on top.
  for (let index = detections.count - 1; index >= 0; index--) {
    const corners = cornersOf(detections, index).map((value) => value * scale);
    const colour = colours[detections.classes[index]! % colours.length]!;
    drawOutline(rgb, corners, colour, Math.max(1.5, size.width / 1000));
  }
  const raw = { ...size, channels: 3 } as const;
  return sharp(rgb.data, { raw, limitInputPixels: false }).png().toBuffer();
}

const colours = classColours.map((hex): Colour => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
});
