import type { Box, Size } from '../../boxes/box.js';
import type { Samples } from '../raster/raster-source.js';

export interface GdalOpen {
  readonly type: 'open';
  /** Absolute. */
  readonly path: string;
  /** Absolute paths of the only folders that GDAL may see; all by default. */
  readonly folders?: readonly string[];
}

export interface GdalRead {
  readonly type: 'read';
  /** Of the answer to 'open'. */
  readonly dataset: number;
  readonly window: Box;
  readonly size: Size;
  /** Indices of bands, of colours of a palette; or the mask of them. */
  readonly bands: readonly number[] | 'mask';
  /** How many bytes a sample has, and of what kind. */
  readonly sampleType: SampleType;
  /** Whether bands are the red, green, blue and alpha of a palette. */
  readonly isCoded: boolean;
}

export interface GdalClose {
  readonly type: 'close';
  readonly dataset: number;
}

export type GdalRequest = GdalOpen | GdalRead | GdalClose;

/** A dataset and what `gdalinfo -json` says of it; the samples of bands; nothing. */
export type GdalAnswer =
  | { readonly dataset: number; readonly info: unknown }
  | { readonly samples: readonly Samples[] }
  | { readonly closed: true };

/** Types of samples that GDAL is asked for. */
export const sampleTypes = {
  Byte: Uint8Array,
  UInt16: Uint16Array,
  Int16: Int16Array,
  UInt32: Uint32Array,
  Int32: Int32Array,
  Float32: Float32Array,
  Float64: Float64Array,
} as const;

export type SampleType = keyof typeof sampleTypes;
