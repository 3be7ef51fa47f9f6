import type { Box, Size } from '../../boxes/box.js';
import { storedBox } from '../../boxes/box.js';
import type { Georeference } from '../../geo/georeference.js';
import type { ColourCode } from '../tiff/colours.js';
import { codedBands, colourCodeOf, invert, invertedNodata, lookUp, toSrgb } from '../tiff/colours.js';
import type { OpenTiff } from '../tiff/open-tiff.js';
import { uprightSize } from '../tiff/open-tiff.js';
import type { TiffLayout } from '../tiff/tiff-layout.js';
import { turned } from './orientation.js';
import type { OuterMask } from './outer-mask.js';
import type { RasterSource, RasterTile, ReadOptions, SampleGrid, SampleRange } from './raster-source.js';
import { pickBands, withMasks, withMissing } from './raster-source.js';
import { rasterError } from './read-error.js';
import { RowBands } from './row-bands.js';

/** What is known of a TIFF beside its own tags. */
export interface TiffSurroundings {
  readonly georeference?: Georeference;
  readonly fingerprint: string;
  /** Of a file beside it. */
  readonly outerMask?: OuterMask;
}

/** A TIFF of any bands and depth: a local file, bytes in memory, or a file behind a server. */
export class GeoTiffSource implements RasterSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly colourBands: readonly number[];
  readonly bitDepth: number;
  readonly fullRange?: SampleRange;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly sampleBits?: number;
  readonly alphaBand?: number;
  readonly #tiff: OpenTiff;
  readonly #code: ColourCode;
  readonly #outerMask: OuterMask | undefined;
  readonly #rows: RowBands | undefined;

  constructor(tiff: OpenTiff, { georeference, fingerprint, outerMask }: TiffSurroundings) {
    const { layout, pyramid, nodata } = tiff;
    this.#tiff = tiff;
    this.#code = colourCodeOf(tiff);
    this.#outerMask = outerMask;
    const isCoded = this.#code === 'palette' || this.#code === 'profile';
    this.name = tiff.name;
    const { width, height } = uprightSize(tiff);
    this.width = width;
    this.height = height;
    this.bands = isCoded ? 3 : layout.bands;
    this.colourBands = isCoded ? [0, 1, 2] : tiff.roles.colour;
    this.bitDepth = isCoded ? 8 : layout.bits;
    this.fullRange = isCoded ? { low: 0, high: 255 } : fullRangeOf(layout);
    this.sampleBits = isCoded ? 8 : sampleBitsOf(layout);
    this.nodata = nodata;
    this.georeference = georeference;
    this.overviews = pyramid.levels.slice(1).map((level) => uprightSize({ ...tiff, layout: level.layout }));
    this.fingerprint = fingerprint;
    this.alphaBand = isCoded ? undefined : tiff.roles.alpha;
    const bytes = (layout.bands * layout.bits) / 8;
    if (!layout.isTiled) this.#rows = new RowBands(this, bytes, (window) => this.#read(window));
  }

  async read(window: Box, { bands, size = window }: ReadOptions = {}): Promise<RasterTile> {
    try {
      if (size.width !== window.width || size.height !== window.height)
        return await this.#read(window, bands, size);
      if (this.#rows) return pickBands(await this.#rows.read(window), bands);
      return await this.#read(window, bands);
    } catch (cause) {
      throw rasterError(this.name, cause);
    }
  }

  async close(): Promise<void> {
    await this.#tiff.bytes.close();
    await this.#outerMask?.close();
  }

  async #read(window: Box, wanted?: readonly number[], size: Size = window): Promise<RasterTile> {
    const { orientation } = this.#tiff;
    if (orientation === 1) return this.#readStored(window, wanted, size);
    const { width, height } = size;
    const storedSize = orientation < 5 ? size : { width: height, height: width };
    return turned(
      await this.#readStored(storedBox(window, this, orientation), wanted, storedSize),
      orientation,
    );
  }

  async #readStored(window: Box, wanted: readonly number[] | undefined, size: Size): Promise<RasterTile> {
    const bands = wanted ?? Array.from({ length: this.bands }, (_, band) => band);
    const tile = await this.#readBands(window, bands, size);
    const inner = await this.#tiff.mask?.read(window, [0], size);
    const masked = inner ? withMasks(tile, inner.planes) : tile;
    return this.#outerMask ? this.#outerMask.apply(masked, bands, window, size) : masked;
  }

  /** Bands with what of them was not recorded by nodata and alpha. */
  async #readBands(window: Box, bands: readonly number[], size: Size): Promise<RasterTile> {
    const { pyramid, layout, roles, nodata } = this.#tiff;
    const alpha = roles.alpha === undefined ? [] : [roles.alpha];
    if (this.#code === 'none') {
      const tile = await pyramid.read(window, [...bands, ...alpha], size);
      return withMissing(
        { ...tile, planes: tile.planes.slice(0, bands.length) },
        nodata,
        tile.planes.slice(bands.length),
      );
    }
    if (this.#code === 'inverted') {
      const tile = invert(await pyramid.read(window, bands, size), layout.bits);
      const opacity = alpha.length > 0 ? (await pyramid.read(window, alpha, size)).planes : [];
      return withMissing(
        tile,
        nodata === undefined ? undefined : invertedNodata(nodata, this.#tiff),
        opacity,
      );
    }
    const coded = codedBands(this.#tiff, this.#code);
    const tile = await pyramid.read(window, [...coded, ...alpha], size);
    const codes = { ...tile, planes: tile.planes.slice(0, coded.length) };
    const rgb =
      this.#code === 'palette' ? lookUp(codes, this.#tiff.colourMap!) : await toSrgb(codes, this.#tiff);
    const recorded = nodata === undefined ? [] : [recordedCodes(codes, nodata)];
    return withMissing(pickBands(rgb, bands), undefined, [...tile.planes.slice(coded.length), ...recorded]);
  }
}

function sampleBitsOf({ kind, bits }: TiffLayout): number | undefined {
  return kind === 'uint' && bits <= 16 ? bits : undefined;
}

/** What is black and what is white of samples that need no stretching. */
function fullRangeOf({ kind, bits }: TiffLayout): SampleRange | undefined {
  if (bits > 8) return undefined;
  return kind === 'int' ? { low: -128, high: 127 } : { low: 0, high: 2 ** bits - 1 };
}

/** 1 where one of the codes of a pixel is not the nodata value. */
function recordedCodes({ planes, width, height }: RasterTile, nodata: number): SampleGrid {
  const samples = new Uint8Array(width * height);
  for (const { samples: codes, offset, step, rowStep } of planes)
    for (let y = 0, to = 0; y < height; y++)
      for (let x = 0, from = offset + y * rowStep; x < width; x++, from += step, to++)
        if (codes[from] !== nodata) samples[to] = 1;
  return { samples, offset: 0, step: 1, rowStep: width };
}
