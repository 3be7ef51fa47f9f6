import type { Box } from '../boxes/box.js';
import type { RgbImage } from './decode.js';
import { decodeRgb } from './decode.js';
import type { ImageHeader } from './header.js';
import type { ImageSource } from './source.js';

/** Largest band that is kept: 44,000 pixels wide at the tiles of 4096 that a pass takes at most. */
const defaultMostBytes = 2 ** 29;

/**
 * Reads the tiles of an image, row by row, from left to right.
 *
 * A JPEG, a PNG or a TIFF of strips can only be decoded from its top: tile by tile, everything above would be decoded
 * again for each. So a whole row of tiles is decoded at once, as one band of the image, and the tiles are cut from it.
 * One band at most is in memory; where that would be too much, tiles are decoded one by one.
 */
export class TileReader {
  readonly #source: ImageSource;
  readonly #header: ImageHeader;
  readonly #mostBytes: number;
  #band: { readonly top: number; readonly pixels: RgbImage } | undefined;

  /** @param mostBytes largest band to keep, as 3 bytes a pixel */
  constructor(source: ImageSource, header: ImageHeader, mostBytes = defaultMostBytes) {
    this.#source = source;
    this.#header = header;
    this.#mostBytes = mostBytes;
  }

  /**
   * Decodes one tile; one call at a time.
   * @throws UserError as `decodeRgb` does
   */
  async read(tile: Box): Promise<RgbImage> {
    const { width } = this.#header;
    const spansWidth = tile.width === width;
    if (spansWidth || 3 * width * tile.height > this.#mostBytes) return this.#decode(tile);
    if (this.#band?.top !== tile.top || this.#band.pixels.height !== tile.height) {
      // Let go of first, so that there are never two.
      this.#band = undefined;
      const pixels = await this.#decode({ left: 0, top: tile.top, width, height: tile.height });
      this.#band = { top: tile.top, pixels };
    }
    return cutColumns(this.#band.pixels, tile);
  }

  #decode(box: Box): Promise<RgbImage> {
    const { width, height } = this.#header;
    const isWhole = box.width === width && box.height === height;
    return decodeRgb(this.#source, { header: this.#header, box: isWhole ? undefined : box });
  }
}

/** The columns of a box, over the full height of the band. */
function cutColumns(band: RgbImage, { left, width }: Box): RgbImage {
  const { height, data } = band;
  const cut = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const start = 3 * (y * band.width + left);
    cut.set(data.subarray(start, start + 3 * width), 3 * y * width);
  }
  return { width, height, data: cut };
}
