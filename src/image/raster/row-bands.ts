import type { Box, Size } from '../../boxes/box.js';
import type { RasterTile } from './raster-source.js';
import { cutTile } from './raster-source.js';

/** Largest band of rows that is kept in memory. */
const defaultMostBytes = 2 ** 29;

/**
 * Reads windows of a file that can only be decoded in whole rows, from its top: a JPEG, a PNG, a TIFF of strips.
 *
 * Window by window, everything left, right and above would be decoded again for each. So all columns of a row of tiles
 * are decoded at once, and the tiles are views of that. One band of rows at most is in memory; where that would be too
 * much, it is as many columns of it as are not.
 */
export class RowBands {
  readonly #size: Size;
  readonly #bytesPerPixel: number;
  readonly #decode: (window: Box) => Promise<RasterTile>;
  readonly #mostBytes: number;
  #band: { readonly box: Box; readonly tile: RasterTile } | undefined;

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
    if (!this.#band || !holds(this.#band.box, window)) {
      // Let go of first, so that there are never two.
      this.#band = undefined;
      const box = { ...window, ...this.#columnsFor(window) };
      this.#band = { box, tile: await this.#decode(box) };
    }
    const { box, tile } = this.#band;
    return cutTile(tile, { ...window, left: window.left - box.left, top: 0 });
  }

  /** All columns, or as many as the memory allows: as a rule the next windows lie on the right. */
  #columnsFor({ left, width, height }: Box): Pick<Box, 'left' | 'width'> {
    const all = this.#size.width;
    const most = Math.floor(this.#mostBytes / (this.#bytesPerPixel * height));
    if (all <= most) return { left: 0, width: all };
    return { left, width: Math.max(width, Math.min(most, all - left)) };
  }
}

/** Whether a window is a part of a band with the same rows. */
function holds(band: Box, window: Box): boolean {
  const hasRows = band.top === window.top && band.height === window.height;
  return hasRows && band.left <= window.left && window.left + window.width <= band.left + band.width;
}
