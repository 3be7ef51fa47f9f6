import type { GeoTIFFImage } from 'geotiff';
import { loadBigEndianTags } from './byte-order.js';
import { compressions } from './compressions.js';
import { rowBytes } from './samples.js';
import type { TiffLayout } from './tiff-layout.js';

/** Where the blocks of an image are in its file, row by row, band by band where bands are apart. */
export interface BlockTable {
  readonly offsets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/**
 * Reads where the blocks are. All at once: behind a server each number would be a request of its own.
 * @throws Error when there are fewer than the image has
 */
export async function readBlockTable(image: GeoTIFFImage, layout: TiffLayout): Promise<BlockTable> {
  await loadBigEndianTags(image);
  const { fileDirectory } = image;
  const [offsetTag, countTag] = layout.isTiled ? [324, 325] : [273, 279];
  const offsets: ArrayLike<number> = (await fileDirectory.loadValue(offsetTag)) ?? [];
  const counts: ArrayLike<number> =
    (await fileDirectory.loadValue(countTag)) ?? countsOf(layout, offsets.length);
  const { across, down } = blocksOf(layout);
  const expected = across * down * (layout.isPlanar ? layout.bands : 1);
  if (offsets.length < expected || counts.length < expected)
    throw new Error(`it lists ${Math.min(offsets.length, counts.length)} of ${expected} blocks`);
  return { offsets, counts };
}

/** How many blocks an image has, side by side and one below the other. */
export function blocksOf({ width, height, blockWidth, blockHeight }: TiffLayout) {
  return { across: Math.ceil(width / blockWidth), down: Math.ceil(height / blockHeight) };
}

/** Rows of a block that are stored: the last strip ends with the image, tiles never do. */
export function storedRows({ isTiled, blockHeight, height }: TiffLayout, blockRow: number): number {
  return isTiled ? blockHeight : Math.min(blockHeight, height - blockRow * blockHeight);
}

/** Of old files that leave the bytes of their strips out, which only what is not compressed may. */
function countsOf(layout: TiffLayout, blocks: number): number[] {
  if (layout.compression !== compressions.none) throw new Error('it does not say how long its blocks are');
  const { down } = blocksOf(layout);
  const shape = { columns: layout.blockWidth, bands: layout.isPlanar ? 1 : layout.bands };
  return Array.from({ length: blocks }, (_, index) => {
    const rows = storedRows(layout, index % down);
    return rows * rowBytes({ ...shape, rows }, layout.bits);
  });
}
