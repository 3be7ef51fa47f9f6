import { roundUp } from '../base/round-up.js';
import type { Box, Size } from '../boxes/box.js';

/** An image cut into parts that lie edge to edge, row by row. */
export interface TileGrid {
  readonly rows: number;
  readonly columns: number;
  readonly tiles: readonly Box[];
}

/** Cuts `length` into the fewest equal parts of at most `limit`, all but the last a multiple of `step`. */
function cuts(length: number, limit: number, step: number): { start: number; length: number }[] {
  const longest = Math.max(step, Math.floor(limit / step) * step);
  const count = Math.ceil(length / longest);
  const part = roundUp(length / count, step);
  return Array.from({ length: Math.ceil(length / part) }, (_, index) => ({
    start: index * part,
    length: Math.min(part, length - index * part),
  }));
}

/**
 * Cuts an image into tiles that are about square, about equal, and small enough for one pass of a model each.
 *
 * Tiles start at multiples of the stride, so that the model's grid of tokens over the image has no seams, and only
 * the image's own right and bottom edges need padding.
 * @param stride pixels that a model input's sides are multiples of
 * @param maxPixels most pixels of a tile, padding included; at least one stride squared is always allowed
 */
export function planTiles(size: Size, stride: number, maxPixels: number): TileGrid {
  const wide = size.width > size.height;
  const [short, long] = wide ? [size.height, size.width] : [size.width, size.height];
  // The short side first: where it fits whole, the tiles of a long narrow image get as long as memory allows.
  const shortParts = cuts(short, Math.sqrt(maxPixels), stride);
  const longParts = cuts(long, maxPixels / roundUp(shortParts[0]!.length, stride), stride);
  const [vertical, horizontal] = wide ? [shortParts, longParts] : [longParts, shortParts];
  return {
    rows: vertical.length,
    columns: horizontal.length,
    tiles: vertical.flatMap((row) =>
      horizontal.map((column) => ({
        left: column.start,
        top: row.start,
        width: column.length,
        height: row.length,
      })),
    ),
  };
}
