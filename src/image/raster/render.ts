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
 * Scales three bands, or one band for all three, to 8 bits. Pixels without data become black. What is like that already is
 * not copied: the result is for reading.
 */
export function renderRgb(tile: RasterTile, stretch: Stretch, nodata?: number): RenderedTile {
  const { width, height, planes } = tile;
  const isMasked =
    nodata !== undefined ||
    planes.some(({ samples }) => samples instanceof Float32Array || samples instanceof Float64Array);
  const asStored = isMasked ? undefined : storedRgb(tile, stretch);
  const data = asStored ?? scaledRgb(tile, stretch);
  if (isMasked) for (const plane of planes) blackOut(plane, tile, nodata, data);
  return { width, height, data, isEmpty: isUniform(data) };
}

/** The pixels of a tile that is stored as it is to be seen: three interleaved bands of 8 bits that nothing scales. */
function storedRgb({ width, height, planes }: RasterTile, { low, high }: Stretch): Uint8Array | undefined {
  const [first] = planes;
  if (!(first?.samples instanceof Uint8Array)) return undefined;
  const { samples, offset, rowStep } = first;
  const isInterleaved =
    planes.length === 3 &&
    planes.every(
      (plane, band) => plane.samples === samples && plane.offset === offset + band && plane.step === 3,
    );
  const isScaled = planes.some((_, band) => low[band] !== 0 || high[band] !== 255);
  if (!isInterleaved || isScaled) return undefined;
  if (rowStep === 3 * width) return samples.subarray(offset, offset + 3 * width * height);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = offset + y * rowStep;
    data.set(samples.subarray(from, from + 3 * width), 3 * width * y);
  }
  return data;
}

function scaledRgb(tile: RasterTile, stretch: Stretch): Uint8Array {
  const { planes } = tile;
  const data = new Uint8Array(3 * tile.width * tile.height);
  for (let channel = 0; channel < 3; channel++) {
    const band = planes.length === 1 ? 0 : channel;
    renderBand(planes[band]!, tile, stretch.low[band]!, stretch.high[band]!, data, channel);
  }
  return data;
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
