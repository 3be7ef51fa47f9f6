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

/** A value a pixel: that of pixel (x, y) is `samples[offset + y * rowStep + x * step]`. */
export interface SampleGrid {
  readonly samples: Samples;
  readonly offset: number;
  /** Distance of neighbours in a row; the number of bands where they are interleaved. */
  readonly step: number;
  readonly rowStep: number;
}

/** One band of a piece of a raster. */
export interface RasterPlane extends SampleGrid {
  /** The value of samples that were not recorded, as this type holds it. NaN and infinities were not in any case. */
  readonly nodata?: number;
  /** Masks of this band, alpha among them: where one of them is 0, nothing was recorded. */
  readonly masks?: readonly SampleGrid[];
}

/** A piece of a raster, as it is stored: neither scaled nor coloured. */
export interface RasterTile extends Size {
  readonly planes: readonly RasterPlane[];
}

/** Lowest and highest of samples. */
export interface SampleRange {
  readonly low: number;
  readonly high: number;
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
  /** The bands to look at unless told otherwise: red, green and blue as the file names them, or a single one. */
  readonly colourBands: readonly number[];
  /** Bits of a sample. */
  readonly bitDepth: number;
  /** What is black and white of samples of up to 8 bits, which nothing has to stretch. */
  readonly fullRange?: SampleRange;
  /** Bits of samples that go from 0 to all of them set: absent for signed ones, floats and more than 16. */
  readonly sampleBits?: number;
  /** Index of the band that says how opaque each pixel is, beside or among the `bands`, where there is one. */
  readonly alphaBand?: number;
  /** The value of samples that were not recorded; NaN is possible. What tiles say of their planes counts. */
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
  const cut = <Grid extends SampleGrid>(grid: Grid): Grid => ({
    ...grid,
    offset: grid.offset + top * grid.rowStep + left * grid.step,
  });
  const planes = tile.planes.map((plane) =>
    plane.masks ? { ...cut(plane), masks: plane.masks.map(cut) } : cut(plane),
  );
  return { width, height, planes };
}

/** A tile whose planes say what of them was not recorded. @param masks of all bands, see `RasterPlane` */
export function withMissing(
  tile: RasterTile,
  nodata: number | undefined,
  masks: readonly SampleGrid[] = [],
): RasterTile {
  if (nodata === undefined && masks.length === 0) return tile;
  return { ...tile, planes: tile.planes.map((plane) => ({ ...plane, nodata, masks })) };
}

/** A tile with more masks of all bands. */
export function withMasks(tile: RasterTile, masks: readonly SampleGrid[]): RasterTile {
  return {
    ...tile,
    planes: tile.planes.map((plane) => ({ ...plane, masks: [...(plane.masks ?? []), ...masks] })),
  };
}

export function pickBands(tile: RasterTile, bands?: readonly number[]): RasterTile {
  return bands ? { ...tile, planes: bands.map((band) => tile.planes[band]!) } : tile;
}
