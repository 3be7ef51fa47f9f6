import { createCanvas, ImageData } from 'canvas';
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
  const canvas = createCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  context.putImageData(new ImageData(withAlpha(rgb.data), size.width, size.height), 0, 0);
  const scale = size.width / source.width;
  context.lineWidth = Math.max(1.5, size.width / 1000);
  context.lineJoin = 'round';
  // The best on top.
  for (let index = detections.count - 1; index >= 0; index--) {
    const corners = cornersOf(detections, index).map((value) => value * scale);
    context.strokeStyle = classColours[detections.classes[index]! % classColours.length]!;
    context.beginPath();
    for (let at = 0; at < 8; at += 2) context.lineTo(corners[at]!, corners[at + 1]!);
    context.closePath();
    context.stroke();
  }
  return canvas.encode('png');
}

function withAlpha(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba.set([rgb[from]!, rgb[from + 1]!, rgb[from + 2]!, 255], to);
  }
  return rgba;
}
