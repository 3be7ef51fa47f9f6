import type { Box, Size } from '../../boxes/box.js';
import type { Georeference } from '../../geo/georeference.js';

export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** One band of a piece of a raster: the sample of pixel (x, y) is `samples[offset + y * rowStep + x * step]`. */
export interface RasterPlane {
  readonly samples: Samples;
  readonly offset: number;
  /** Distance of neighbours in a row; the number of bands where they are interleaved. */
  readonly step: number;
  readonly rowStep: number;
}

/** A piece of a raster, as it is stored: neither scaled nor coloured. */
export interface RasterTile extends Size {
  readonly planes: readonly RasterPlane[];
}

export interface ReadOptions {
  /** Indices of the bands to read, in this order; all by default. */
  readonly bands?: readonly number[];
  /** Size to bring the window to by leaving out pixels; its own by default. */
  readonly size?: Size;
}

/**
 * An image of any size that is read piece by piece: a local file of 8-bit colours, a GeoTIFF of many bands or 16 bits
 * here or behind an HTTP server, or several files with one band each.
 */
export interface RasterSource extends Size {
  /** How messages call it: path or address. */
  readonly name: string;
  readonly bands: number;
  /** Bits of a sample. */
  readonly bitDepth: number;
  /** The value of pixels that were not recorded; NaN is possible. */
  readonly nodata?: number;
  readonly georeference?: Georeference;
  /** Sizes of the smaller copies in the file, largest first. */
  readonly overviews: readonly Size[];
  /** Changes when the file changes. */
  readonly fingerprint: string;
  /**
   * Reads a window; one call at a time.
   * @throws UserError naming the source when it is damaged, cut short or out of reach
   */
  read(window: Box, options?: ReadOptions): Promise<RasterTile>;
  close(): Promise<void>;
}

/** Bands one after the other, each a plane of its own. */
export function planar(samples: readonly Samples[], { width, height }: Size): RasterTile {
  return {
    width,
    height,
    planes: samples.map((band) => ({ samples: band, offset: 0, step: 1, rowStep: width })),
  };
}

/** Bands interleaved pixel by pixel. */
export function interleaved(samples: Samples, bands: number, { width, height }: Size): RasterTile {
  const planes = Array.from({ length: bands }, (_, band) => ({
    samples,
    offset: band,
    step: bands,
    rowStep: bands * width,
  }));
  return { width, height, planes };
}

/** A part of a tile that shares its memory. */
export function cutTile(tile: RasterTile, { left, top, width, height }: Box): RasterTile {
  const planes = tile.planes.map((plane) => ({
    ...plane,
    offset: plane.offset + top * plane.rowStep + left * plane.step,
  }));
  return { width, height, planes };
}

export function pickBands(tile: RasterTile, bands?: readonly number[]): RasterTile {
  return bands ? { ...tile, planes: bands.map((band) => tile.planes[band]!) } : tile;
}
