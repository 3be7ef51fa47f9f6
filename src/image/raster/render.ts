import type { RgbImage } from '../decode.js';
import type { RasterPlane, RasterTile } from './raster-source.js';
import type { Stretch } from './scaling.js';
import { isMissing } from './scaling.js';

/** A tile as a model sees it. */
export interface RenderedTile extends RgbImage {
  /** Whether nothing can be seen in it: no pixel was recorded, or all are alike. */
  readonly isEmpty: boolean;
}

/**
 * Scales three bands, or one band for all three, to 8 bits. Pixels without data become black.
 */
export function renderRgb(tile: RasterTile, stretch: Stretch, nodata?: number): RenderedTile {
  const { width, height, planes } = tile;
  const data = new Uint8Array(3 * width * height);
  const isMasked =
    nodata !== undefined ||
    planes.some(({ samples }) => samples instanceof Float32Array || samples instanceof Float64Array);
  for (let channel = 0; channel < 3; channel++) {
    const band = planes.length === 1 ? 0 : channel;
    renderBand(planes[band]!, tile, stretch.low[band]!, stretch.high[band]!, data, channel);
  }
  if (isMasked) for (const plane of planes) blackOut(plane, tile, nodata, data);
  return { width, height, data, isEmpty: isUniform(data) };
}

function renderBand(
  { samples, offset, step, rowStep }: RasterPlane,
  { width, height }: RasterTile,
  low: number,
  high: number,
  data: Uint8Array,
  channel: number,
): void {
  // Rounds and keeps within 0 to 255. A band without contrast is black up to its value and white above.
  const clamped = new Uint8ClampedArray(data.buffer);
  const factor = 255 / Math.max(high - low, Number.MIN_VALUE);
  let to = channel;
  for (let y = 0; y < height; y++) {
    let from = offset + y * rowStep;
    for (let x = 0; x < width; x++, from += step, to += 3) clamped[to] = (samples[from]! - low) * factor;
  }
}

function blackOut(
  { samples, offset, step, rowStep }: RasterPlane,
  { width, height }: RasterTile,
  nodata: number | undefined,
  data: Uint8Array,
): void {
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = offset + y * rowStep;
    for (let x = 0; x < width; x++, from += step, to += 3) {
      if (isMissing(samples[from]!, nodata)) data.fill(0, to, to + 3);
    }
  }
}

function isUniform(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at++) if (data[at] !== data[at - 3]) return false;
  return true;
}
