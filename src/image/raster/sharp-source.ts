import type { Sharp } from 'sharp';
import type { Box, Size } from '../../boxes/box.js';
import type { Georeference } from '../../geo/georeference.js';
import type { Resize } from '../decode.js';
import { decodeAlpha, decodeDeepRgb, decodeRgb, rgbPipeline } from '../decode.js';
import type { ImageHeader } from '../header.js';
import type { ImageSource } from '../source.js';
import { nameOf } from '../source.js';
import type { OuterMask } from './outer-mask.js';
import type { RasterSource, RasterTile, ReadOptions, SampleGrid, SampleRange } from './raster-source.js';
import { interleaved, pickBands, withMasks, withMissing } from './raster-source.js';
import { RowBands } from './row-bands.js';

/** What is known of an image beside its header: what the tags of a TIFF say that libvips does not pass on. */
export interface SharpSurroundings {
  readonly georeference?: Georeference;
  readonly nodata?: number;
  readonly colourBands?: readonly number[];
  readonly overviews?: readonly Size[];
  /** Whether windows can be read without the rows they lie in. */
  readonly isTiled?: boolean;
  /** Of a file beside it. */
  readonly outerMask?: OuterMask;
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
  readonly colourBands: readonly number[];
  readonly fullRange?: SampleRange;
  readonly bitDepth: 8 | 16;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly #source: ImageSource;
  readonly #header: ImageHeader;
  readonly #outerMask: OuterMask | undefined;
  readonly #rows: RowBands | undefined;

  constructor(source: ImageSource, header: ImageHeader, fingerprint: string, facts: SharpSurroundings = {}) {
    this.name = nameOf(source);
    this.#source = source;
    this.width = header.width;
    this.height = header.height;
    this.nodata = facts.nodata;
    this.georeference = facts.georeference;
    this.overviews = facts.overviews ?? [];
    this.fingerprint = fingerprint;
    this.colourBands = facts.colourBands?.length === 3 ? facts.colourBands : [0, 1, 2];
    this.#outerMask = facts.outerMask;
    // The mask beside it is applied here.
    this.#header = { ...header, hasMask: false };
    this.bitDepth = header.format === 'png' ? header.depth : 8;
    this.fullRange = this.bitDepth === 8 ? { low: 0, high: 255 } : undefined;
    const bytes = (3 * this.bitDepth) / 8;
    this.#rows = facts.isTiled ? undefined : new RowBands(header, bytes, (window) => this.#decode(window));
  }

  async read(window: Box, { bands, size }: ReadOptions = {}): Promise<RasterTile> {
    const isShrunk = size && (size.width !== window.width || size.height !== window.height);
    const tile = isShrunk || !this.#rows ? await this.#decode(window, size) : await this.#rows.read(window);
    return pickBands(tile, bands);
  }

  async close(): Promise<void> {
    await this.#outerMask?.close();
  }

  /**
   * The whole image, for libvips to read from top to bottom and write, in little memory. Absent where that would not be
   * what `read` and `renderRgb` make of it, or not in little memory.
   */
  get pipeline(): Sharp | undefined {
    const { orientation, colourBands, hasAlpha } = this.#header;
    const isMasked = hasAlpha || this.#outerMask !== undefined || this.nodata !== undefined;
    const isInOrder = this.colourBands.every((band, index) => band === index);
    const isPlain = this.bitDepth === 8 && orientation === 1 && !colourBands && !isMasked && isInOrder;
    if (!isPlain) return undefined;
    return rgbPipeline(this.#source, this.#header);
  }

  async #decode(window: Box, size?: Size): Promise<RasterTile> {
    const isWhole = window.width === this.width && window.height === this.height;
    const decode = this.bitDepth === 16 ? decodeDeepRgb : decodeRgb;
    const header = this.#header;
    const box = isWhole ? undefined : window;
    const resize = size && ({ ...size, interpolation: 'bilinear', isForShow: true } as const);
    const rgb = await decode(this.#source, { header, box, resize });
    const tile = withMissing(interleaved(rgb.data, 3, rgb), this.nodata);
    const masked = header.hasAlpha ? withMasks(tile, [await this.#alpha(box, resize, rgb)]) : tile;
    return this.#outerMask ? this.#outerMask.apply(masked, [0, 1, 2], window, size ?? window) : masked;
  }

  async #alpha(box: Box | undefined, resize: Resize | undefined, { width }: Size): Promise<SampleGrid> {
    const samples = await decodeAlpha(this.#source, { header: this.#header, box, resize });
    return { samples, offset: 0, step: 1, rowStep: width };
  }
}
