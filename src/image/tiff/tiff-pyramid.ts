import type { Box, Size } from '../../boxes/box.js';
import type { RasterTile, Samples } from '../raster/raster-source.js';
import { planar } from '../raster/raster-source.js';
import type { TiffImage } from './tiff-image.js';
import { newSamples } from './tiff-image.js';

/** Pixels decoded at a time where a window is shrunk. */
const chunkPixels = 2 ** 24;

/** An image and its smaller copies. */
export class TiffPyramid {
  /** Full resolution first, then the smaller copies. */
  readonly levels: readonly TiffImage[];

  constructor(levels: readonly TiffImage[]) {
    this.levels = levels;
  }

  get size(): Size {
    const { width, height } = this.levels[0]!.layout;
    return { width, height };
  }

  /**
   * @param window in pixels of the full resolution
   * @param size to bring the window to by leaving out pixels of the smallest copy that still has as many; its own by default
   */
  async read(window: Box, bands: readonly number[], size: Size = window): Promise<RasterTile> {
    if (size.width === window.width && size.height === window.height)
      return this.levels[0]!.read(window, bands);
    const image = this.#levelFor(size.width / window.width);
    const { layout } = image;
    const [x, y] = [layout.width / this.size.width, layout.height / this.size.height];
    const columns = positions(size.width, window.left * x, window.width * x, layout.width);
    const rows = positions(size.height, window.top * y, window.height * y, layout.height);
    const left = columns[0]!;
    const width = columns.at(-1)! + 1 - left;
    const planes = bands.map(() => newSamples(layout, size.width * size.height));
    const rowsAtOnce = Math.max(
      1,
      Math.floor(chunkPixels / width / Math.max(1, layout.height / size.height)),
    );
    for (let row = 0; row < size.height; row += rowsAtOnce) {
      const taken = rows.slice(row, row + rowsAtOnce);
      const top = taken[0]!;
      const part = await image.read({ left, top, width, height: taken.at(-1)! + 1 - top }, bands);
      for (const [band, plane] of planes.entries()) pickPixels(part, band, plane, row, taken, columns);
    }
    return planar(planes, size);
  }

  #levelFor(scale: number): TiffImage {
    let best = this.levels[0]!;
    for (const level of this.levels) if (level.layout.width >= scale * this.size.width) best = level;
    return best;
  }
}

/** The pixels that lie below the middles of `count` pixels over a length. */
function positions(count: number, start: number, length: number, end: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    return Math.max(0, Math.min(end - 1, Math.floor(start + ((index + 0.5) * length) / count)));
  });
}

function pickPixels(
  part: RasterTile,
  band: number,
  into: Samples,
  firstRow: number,
  rows: readonly number[],
  columns: readonly number[],
): void {
  const { samples, offset, step, rowStep } = part.planes[band]!;
  const [top, left] = [rows[0]!, columns[0]!];
  let to = firstRow * columns.length;
  for (const row of rows) {
    const from = offset + (row - top) * rowStep;
    for (const column of columns) into[to++] = samples[from + (column - left) * step]!;
  }
}
