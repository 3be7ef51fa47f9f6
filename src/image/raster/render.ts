import type { RgbImage } from '../decode.js';
import { blacken, missingPixels, withoutNodata } from './missing.js';
import type { RasterPlane, RasterTile } from './raster-source.js';
import type { Stretch } from './scaling.js';

/** A tile as a model sees it. */
export interface RenderedTile extends RgbImage {
  /** Whether nothing can be seen in it: no pixel was recorded, or all are alike. */
  readonly isEmpty: boolean;
  /** 1 for each pixel that was not recorded, row by row; absent where all were. */
  readonly missing?: Uint8Array;
}

/**
 * Scales three bands, or one band for all three, to 8 bits. Pixels without data in all of them become black; but where samples are
 * as they are to be seen, those of the nodata value are kept: it may also be the white of an aircraft. What is like that already is
 * not copied: the result is for reading.
 */
export function renderRgb(tile: RasterTile, stretch: Stretch): RenderedTile {
  const { width, height } = tile;
  const missing = missingPixels(tile);
  const toBlacken = missing && isAsSeen(tile, stretch) ? missingPixels(withoutNodata(tile)) : missing;
  const asStored = toBlacken ? undefined : storedRgb(tile, stretch);
  const data = asStored ?? scaledRgb(tile, stretch);
  blacken(data, toBlacken);
  return { width, height, data, isEmpty: isUniform(data) || missing?.includes(0) === false, missing };
}

/** Whether samples are brightness from 0 to 255 already. */
function isAsSeen({ planes }: RasterTile, { low, high }: Stretch): boolean {
  return planes.every(
    ({ samples }, band) => samples instanceof Uint8Array && low[band] === 0 && high[band] === 255,
  );
}

/** The pixels of a tile that is stored as it is to be seen: three interleaved bands of 8 bits that nothing scales. */
function storedRgb(tile: RasterTile, stretch: Stretch): Uint8Array | undefined {
  const { width, height, planes } = tile;
  const [first] = planes;
  if (!(first?.samples instanceof Uint8Array)) return undefined;
  const { samples, offset, rowStep } = first;
  const isInterleaved =
    planes.length === 3 &&
    planes.every(
      (plane, band) => plane.samples === samples && plane.offset === offset + band && plane.step === 3,
    );
  if (!isInterleaved || !isAsSeen(tile, stretch)) return undefined;
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

function isUniform(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at++) if (data[at] !== data[at - 3]) return false;
  return true;
}
