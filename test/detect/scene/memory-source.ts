import type { Box } from '../../../src/boxes/box.js';
import type {
  RasterSource,
  RasterTile,
  ReadOptions,
  SampleRange,
  Samples,
} from '../../../src/image/raster/raster-source.js';
import { cutTile, pickBands, planar, withMissing } from '../../../src/image/raster/raster-source.js';

/** A raster in memory; counts what is read. */
export class MemorySource implements RasterSource {
  readonly name = 'memory';
  readonly overviews = [];
  readonly fingerprint = 'memory';
  readonly reads: Box[] = [];
  readonly bands: number;
  readonly colourBands: readonly number[];
  readonly bitDepth: number;
  readonly fullRange?: SampleRange;
  readonly width: number;
  readonly height: number;
  readonly nodata?: number;
  readonly #planes: readonly Samples[];

  constructor(width: number, height: number, planes: readonly Samples[], nodata?: number) {
    this.width = width;
    this.height = height;
    this.nodata = nodata;
    this.bands = planes.length;
    this.bitDepth = 8 * planes[0]!.BYTES_PER_ELEMENT;
    this.colourBands = this.bands < 3 ? [0] : [0, 1, 2];
    this.fullRange = this.bitDepth === 8 ? { low: 0, high: 255 } : undefined;
    this.#planes = planes;
  }

  async read(window: Box, { bands }: ReadOptions = {}): Promise<RasterTile> {
    this.reads.push(window);
    return pickBands(withMissing(cutTile(planar(this.#planes, this), window), this.nodata), bands);
  }

  async close(): Promise<void> {}
}
