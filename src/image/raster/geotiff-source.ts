import type { GeoTIFF, GeoTIFFImage } from 'geotiff';
import type { Box, Size } from '../../boxes/box.js';
import type { Georeference } from '../../geo/georeference.js';
import { loadBigEndianTags } from './byte-order.js';
import type { RasterSource, RasterTile, ReadOptions, Samples } from './raster-source.js';
import { pickBands, planar } from './raster-source.js';
import { rasterError } from './read-error.js';
import { RowBands } from './row-bands.js';
import type { TiffLayout } from './tiff-layout.js';

/** Pixels decoded at a time where a window is shrunk. */
const chunkPixels = 2 ** 24;

/** Times a piece is asked for: one failed request in a hundred thousand should not end a night's work. */
const attempts = 3;

/** What `openGeoTiff` has found out about a file. */
export interface GeoTiffParts {
  readonly name: string;
  readonly file: GeoTIFF;
  /** Full resolution first, then the smaller copies. */
  readonly levels: readonly GeoTIFFImage[];
  readonly layout: TiffLayout;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly fingerprint: string;
}

/** A GeoTIFF of any bands and depth, read by geotiff.js, from a file or by range requests. */
export class GeoTiffSource implements RasterSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly bitDepth: number;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly #parts: GeoTiffParts;
  readonly #rows: RowBands | undefined;

  constructor(parts: GeoTiffParts) {
    const [full, ...smaller] = parts.levels.map((image) => ({
      width: image.getWidth(),
      height: image.getHeight(),
    }));
    const { layout } = parts;
    this.name = parts.name;
    this.width = full!.width;
    this.height = full!.height;
    this.bands = layout.isCoded ? 3 : layout.bands;
    this.bitDepth = layout.bitDepth;
    this.nodata = parts.nodata;
    this.georeference = parts.georeference;
    this.overviews = smaller;
    this.fingerprint = parts.fingerprint;
    this.#parts = parts;
    const bytes = (this.bands * layout.bitDepth) / 8;
    if (!layout.isTiled) this.#rows = new RowBands(full!, bytes, (window) => this.#readLevel(0, window));
  }

  async read(window: Box, { bands, size = window }: ReadOptions = {}): Promise<RasterTile> {
    try {
      if (size.width !== window.width || size.height !== window.height)
        return await this.#shrink(window, size, bands);
      if (this.#rows) return pickBands(await this.#rows.read(window), bands);
      return await this.#readLevel(0, window, bands);
    } catch (cause) {
      throw rasterError(this.name, cause);
    }
  }

  async close(): Promise<void> {
    await this.#parts.file.close();
  }

  /** Reads from the smallest copy that still has the size wanted, some rows at a time. */
  async #shrink(window: Box, size: Size, bands?: readonly number[]): Promise<RasterTile> {
    const level = this.#levelFor(size.width / window.width);
    const image = this.#parts.levels[level]!;
    const [x, y] = [image.getWidth() / this.width, image.getHeight() / this.height];
    const [left, right] = [Math.floor(window.left * x), Math.ceil((window.left + window.width) * x)];
    const [top, height] = [window.top * y, window.height * y];
    const rowsAtOnce = Math.max(1, Math.floor(chunkPixels / (right - left) / (height / size.height)));
    const planes: Samples[] = [];
    for (let row = 0; row < size.height; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, size.height - row);
      const from = Math.floor(top + (row * height) / size.height);
      const to = Math.max(
        from + 1,
        Math.min(image.getHeight(), Math.ceil(top + ((row + rows) * height) / size.height)),
      );
      const part = await this.#readLevel(
        level,
        { left, top: from, width: right - left, height: to - from },
        bands,
        {
          width: size.width,
          height: rows,
        },
      );
      for (const [band, { samples }] of part.planes.entries()) {
        planes[band] ??= new (samples.constructor as new (length: number) => Samples)(
          size.width * size.height,
        );
        planes[band].set(samples, row * size.width);
      }
    }
    return planar(planes, size);
  }

  #levelFor(scale: number): number {
    const { levels } = this.#parts;
    let best = 0;
    for (const [index, level] of levels.entries()) if (level.getWidth() >= scale * this.width) best = index;
    return best;
  }

  async #readLevel(level: number, window: Box, bands?: readonly number[], size?: Size): Promise<RasterTile> {
    const image = this.#parts.levels[level]!;
    const { left, top, width, height } = window;
    const options = { window: [left, top, left + width, top + height], ...size, interleave: false as const };
    await loadBigEndianTags(image);
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.#parts.layout.isCoded)
          return pickBands(planar(await image.readRGB(options), size ?? window), bands);
        const samples = bands ? [...bands] : undefined;
        return planar(await image.readRasters({ ...options, samples }), size ?? window);
      } catch (error) {
        if (attempt === attempts || !/^https?:/.test(this.name)) throw error;
        forgetFailures(image);
        await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
      }
    }
  }
}

/** geotiff.js keeps the promise of a failed request for a tag and would hand it out for ever. */
function forgetFailures({ fileDirectory }: GeoTIFFImage): void {
  for (const array of fileDirectory.deferredArrays.values()) {
    array.fetchIndexPromises.clear();
    array.fullFetchPromise = null;
  }
}
