import type { Sharp } from 'sharp';
import type { Box, Size } from '../../boxes/box.js';
import type { Georeference } from '../../geo/georeference.js';
import { decodeDeepRgb, decodeRgb, rgbPipeline } from '../decode.js';
import type { ImageHeader } from '../header.js';
import type { ImageSource } from '../source.js';
import { nameOf } from '../source.js';
import type { RasterSource, RasterTile, ReadOptions } from './raster-source.js';
import { interleaved, pickBands } from './raster-source.js';
import { RowBands } from './row-bands.js';

/** What the tags of a TIFF say that libvips does not pass on. */
export interface TiffFacts {
  readonly georeference?: Georeference;
  readonly nodata?: number;
  readonly overviews: readonly Size[];
  /** Whether windows can be read without the rows they lie in. */
  readonly isTiled: boolean;
}

/**
 * A local image, or one in memory, decoded by libvips: three bands, red, green and blue, upright; sRGB of 8 bits, or the
 * samples of a PNG of 16 bits.
 */
export class SharpSource implements RasterSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands = 3;
  readonly bitDepth: 8 | 16;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly #source: ImageSource;
  readonly #header: ImageHeader;
  readonly #rows: RowBands | undefined;

  constructor(source: ImageSource, header: ImageHeader, fingerprint: string, facts?: TiffFacts) {
    this.name = nameOf(source);
    this.#source = source;
    this.width = header.width;
    this.height = header.height;
    this.nodata = facts?.nodata;
    this.georeference = facts?.georeference;
    this.overviews = facts?.overviews ?? [];
    this.fingerprint = fingerprint;
    this.#header = header;
    this.bitDepth = header.format === 'png' ? header.depth : 8;
    const bytes = (3 * this.bitDepth) / 8;
    this.#rows = facts?.isTiled ? undefined : new RowBands(header, bytes, (window) => this.#decode(window));
  }

  async read(window: Box, { bands, size }: ReadOptions = {}): Promise<RasterTile> {
    const isShrunk = size && (size.width !== window.width || size.height !== window.height);
    const tile = isShrunk || !this.#rows ? await this.#decode(window, size) : await this.#rows.read(window);
    return pickBands(tile, bands);
  }

  async close(): Promise<void> {}

  /**
   * The whole image, for libvips to read from top to bottom and write, in little memory. Absent where that would not be
   * what `read` and `renderRgb` make of it, or not in little memory.
   */
  get pipeline(): Sharp | undefined {
    const { orientation, colourBands } = this.#header;
    const isPlain = this.bitDepth === 8 && orientation === 1 && !colourBands && this.nodata === undefined;
    if (!isPlain) return undefined;
    return rgbPipeline(this.#source, this.#header);
  }

  async #decode(window: Box, size?: Size): Promise<RasterTile> {
    const isWhole = window.width === this.width && window.height === this.height;
    const decode = this.bitDepth === 16 ? decodeDeepRgb : decodeRgb;
    const rgb = await decode(this.#source, {
      header: this.#header,
      box: isWhole ? undefined : window,
      resize: size && { ...size, interpolation: 'bilinear' },
    });
    return interleaved(rgb.data, 3, rgb);
  }
}
