import { UserError } from '../../base/errors.js';
import type { Box, Size } from '../../boxes/box.js';
import { recordedIn } from './missing.js';
import type { RasterSource, RasterTile } from './raster-source.js';

/** The samples that become black (0) and white (255), for each band read. */
export interface Stretch {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** How samples become the 8 bits that a model sees. */
export type Scaling =
  | { readonly type: 'none' }
  | { readonly type: 'range'; readonly low: number; readonly high: number }
  | { readonly type: 'percentile'; readonly low: number; readonly high: number };

/** What viewers of satellite images cut off at both ends. */
export const usualPercentiles = { type: 'percentile', low: 2, high: 98 } as const;

/** Longest side of the image that percentiles are taken from. */
const sampledSide = 1024;
/** Windows read where the file has no smaller copy: this many a side, this large. */
const sampledWindows = 8;
const windowSide = 128;

/**
 * Decides how the bands of a scene are scaled, once for all of it, so that all tiles look alike.
 *
 * Percentiles are taken from a smaller copy in the file, or from windows all over the scene; pixels without data do not
 * count. Samples of up to 8 bits are left as they are unless told otherwise, all of their range from black to white.
 */
export async function planStretch(
  source: RasterSource,
  bands: readonly number[],
  scaling: Scaling | undefined,
): Promise<Stretch> {
  const { fullRange } = source;
  const chosen = scaling ?? (fullRange ? { type: 'none' } : usualPercentiles);
  if (chosen.type === 'none' && !fullRange) {
    throw new UserError(
      `${source.name} has ${source.bitDepth}-bit samples, which need a range or percentiles.`,
    );
  }
  if (chosen.type === 'percentile') return percentileStretch(source, bands, chosen.low, chosen.high);
  const { low, high } = chosen.type === 'range' ? chosen : fullRange!;
  return { low: bands.map(() => low), high: bands.map(() => high) };
}

async function percentileStretch(source: RasterSource, bands: readonly number[], low: number, high: number) {
  const samples: number[][] = bands.map(() => []);
  for await (const tile of sampleTiles(source, bands)) collect(tile, samples);
  const sorted = samples.map((band) => Float64Array.from(band).sort());
  // A scene without a single recorded pixel has nothing to scale.
  if (sorted.every((band) => band.length === 0)) return { low: bands.map(() => 0), high: bands.map(() => 1) };
  return {
    low: sorted.map((band) => (band.length === 0 ? 0 : quantile(band, low / 100))),
    high: sorted.map((band) => (band.length === 0 ? 1 : quantile(band, high / 100))),
  };
}

async function* sampleTiles(source: RasterSource, bands: readonly number[]): AsyncGenerator<RasterTile> {
  const { width, height } = source;
  const whole = { left: 0, top: 0, width, height };
  const isSmall = (size: Size) => Math.max(size.width, size.height) <= 2 * sampledSide;
  if (isSmall(source) || source.overviews.some(isSmall)) {
    yield await source.read(whole, { bands, size: fitInto(source, sampledSide) });
    return;
  }
  for (const top of spread(height)) {
    for (const left of spread(width)) {
      const window: Box = {
        left,
        top,
        width: Math.min(windowSide, width),
        height: Math.min(windowSide, height),
      };
      yield await source.read(window, { bands });
    }
  }
}

/** Starts of windows, evenly over a length, the first and last at its ends. */
function spread(length: number): number[] {
  const room = Math.max(0, length - windowSide);
  const count = Math.min(sampledWindows, Math.floor(room / windowSide) + 1);
  return Array.from({ length: count }, (_, index) => Math.round((room * index) / Math.max(1, count - 1)));
}

/** The size of an image brought down to a longest side; its own if that is smaller. */
export function fitInto({ width, height }: Size, longestSide: number): Size {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Takes the samples that were recorded: without data are also those that are 0 in every band, as at a scene's border. */
function collect({ planes, width, height }: RasterTile, into: number[][]): void {
  const recorded = planes.map(recordedIn);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = planes.map((plane) => plane.samples[plane.offset + y * plane.rowStep + x * plane.step]!);
      if (pixel.every((sample) => sample === 0)) continue;
      for (const [band, sample] of pixel.entries()) if (recorded[band]!(x, y)) into[band]!.push(sample);
    }
  }
}

/** With linear interpolation between neighbours, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (at - Math.floor(at)) * (above - below);
}
