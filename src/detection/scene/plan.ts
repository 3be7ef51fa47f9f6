import { UserError } from '../../errors.js';
import type { Box, Size } from '../../image/box.js';

/** The part of a picture in which a tile has the best view, in pixels of the scene; unbounded at the scene's border. */
export interface Core {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface SceneTile extends Box {
  /** What lies nearer to the middle of this tile than to that of its neighbours. */
  readonly core: Core;
}

interface Span {
  readonly start: number;
  readonly length: number;
  readonly coreStart: number;
  readonly coreEnd: number;
}

/**
 * Cuts a scene into overlapping tiles of one size, row by row.
 *
 * Tiles start at multiples of the stride, so that the grids of tokens of neighbours agree; the last row and column are
 * shifted back to end with the scene, so that they too see a full tile.
 * @param overlap pixels that neighbours share at least; an object no larger is seen whole by one of them
 */
export function planScene(scene: Size, tileSize: number, overlap: number, stride: number): SceneTile[] {
  if (overlap >= tileSize) {
    throw new UserError(
      `Tiles of ${tileSize} pixels cannot overlap by ${overlap}: take larger tiles or less overlap.`,
    );
  }
  const columns = spans(scene.width, tileSize, overlap, stride);
  return spans(scene.height, tileSize, overlap, stride).flatMap((row) =>
    columns.map((column) => ({
      left: column.start,
      top: row.start,
      width: column.length,
      height: row.length,
      core: { left: column.coreStart, top: row.coreStart, right: column.coreEnd, bottom: row.coreEnd },
    })),
  );
}

function spans(length: number, tileSize: number, overlap: number, stride: number): Span[] {
  const size = Math.min(tileSize, length);
  const step = Math.max(
    Math.floor((tileSize - overlap) / stride) * stride,
    Math.min(stride, tileSize - overlap),
  );
  const starts = [0];
  while (starts.at(-1)! + size < length) starts.push(Math.min(starts.at(-1)! + step, length - size));
  // Neighbours meet in the middle of what they share.
  const border = (index: number) => (starts[index]! + starts[index - 1]! + size) / 2;
  return starts.map((start, index) => ({
    start,
    length: size,
    coreStart: index === 0 ? -Infinity : border(index),
    coreEnd: index === starts.length - 1 ? Infinity : border(index + 1),
  }));
}
