import type { Box, Size } from '../box.js';
import type { RasterTile } from './raster-source.js';
import { cutTile } from './raster-source.js';

/** Largest band of rows that is kept in memory. */
const defaultMostBytes = 2 ** 29;

/**
 * Reads windows of a file that can only be decoded in whole rows, from its top: a JPEG, a PNG, a TIFF of strips.
 *
 * Window by window, everything left, right and above would be decoded again for each. So all columns of a row of tiles
 * are decoded at once, and the tiles are views of that. One band of rows at most is in memory; where that would be too
 * much, windows are decoded one by one.
 */
export class RowBands {
  readonly #size: Size;
  readonly #bytesPerPixel: number;
  readonly #decode: (window: Box) => Promise<RasterTile>;
  readonly #mostBytes: number;
  #band: { readonly top: number; readonly tile: RasterTile } | undefined;

  constructor(
    size: Size,
    bytesPerPixel: number,
    decode: (window: Box) => Promise<RasterTile>,
    mostBytes = defaultMostBytes,
  ) {
    this.#size = size;
    this.#bytesPerPixel = bytesPerPixel;
    this.#decode = decode;
    this.#mostBytes = mostBytes;
  }

  /** One call at a time. */
  async read(window: Box): Promise<RasterTile> {
    const { width } = this.#size;
    if (this.#bytesPerPixel * width * window.height > this.#mostBytes) return this.#decode(window);
    if (this.#band?.top !== window.top || this.#band.tile.height !== window.height) {
      // Let go of first, so that there are never two.
      this.#band = undefined;
      const tile = await this.#decode({ left: 0, top: window.top, width, height: window.height });
      this.#band = { top: window.top, tile };
    }
    return cutTile(this.#band.tile, { ...window, top: 0 });
  }
}
