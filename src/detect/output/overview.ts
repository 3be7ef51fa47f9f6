import sharp from 'sharp';
import type { Size } from '../../boxes/box.js';
import type { Detections } from '../../boxes/detections.js';
import { cornersOf } from '../../boxes/detections.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import { renderRgb } from '../../image/raster/render.js';
import type { Scaling } from '../../image/raster/scaling.js';
import { fitInto, planStretch } from '../../image/raster/scaling.js';
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
  const { width, height } = size;
  const image = sharp(rgb.data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const boxes = Buffer.from(boxesAsSvg(detections, size, size.width / source.width));
  return image
    .composite([{ input: boxes, unlimited: true }])
    .png()
    .toBuffer();
}

/**
 * Outlines of boxes as an SVG of the overview's size. Neighbours of one colour share a path: a scene has more boxes than a
 * renderer takes elements.
 */
function boxesAsSvg(detections: Detections, { width, height }: Size, scale: number): string {
  const paths: { colour: string; outlines: string[] }[] = [];
  // The best on top.
  for (let index = detections.count - 1; index >= 0; index--) {
    const colour = classColours[detections.classes[index]! % classColours.length]!;
    const corners = cornersOf(detections, index).map((value) => (value * scale).toFixed(2));
    if (paths.at(-1)?.colour !== colour) paths.push({ colour, outlines: [] });
    paths.at(-1)!.outlines.push(`M${corners.join(' ')}Z`);
  }
  const stroke = `fill="none" stroke-width="${Math.max(1.5, width / 1000)}" stroke-linejoin="round"`;
  const drawn = paths.map(({ colour, outlines }) => `<path stroke="${colour}" d="${outlines.join('')}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g ${stroke}>${drawn.join('')}</g></svg>`;
}
