import { UserError } from '../../errors.js';
import type { Box, Size } from '../../image/box.js';
import type { DetectorTraits } from '../detector.js';

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
 * Tiles start at multiples of the grid on which the detector's own layout repeats: windows of attention and positions
 * then lie alike on the same ground, whichever tile sees it, and so do boxes. Where the grid does not fit between tiles
 * that overlap so much, they start at multiples of the stride. Those of the last row and column are smaller: the scene
 * ends there, for the detector too.
 * @param overlap pixels that neighbours share at least; an object no larger is seen whole by one of them
 */
export function planScene(
  scene: Size,
  tileSize: number,
  overlap: number,
  layout: Pick<DetectorTraits, 'stride' | 'grid'>,
): SceneTile[] {
  if (overlap >= tileSize) {
    throw new UserError(
      `Tiles of ${tileSize} pixels cannot overlap by ${overlap}: take larger tiles or less overlap.`,
    );
  }
  const step = stepOf(tileSize - overlap, layout);
  const columns = spans(scene.width, tileSize, step);
  return spans(scene.height, tileSize, step).flatMap((row) =>
    columns.map((column) => ({
      left: column.start,
      top: row.start,
      width: column.length,
      height: row.length,
      core: { left: column.coreStart, top: row.coreStart, right: column.coreEnd, bottom: row.coreEnd },
    })),
  );
}

/** From the start of a tile to that of the next. */
function stepOf(most: number, { stride, grid = stride }: Pick<DetectorTraits, 'stride' | 'grid'>): number {
  const unit = [grid, stride].find((pixels) => pixels <= most);
  return unit === undefined ? most : Math.floor(most / unit) * unit;
}

function spans(length: number, tileSize: number, step: number): Span[] {
  const count = length <= tileSize ? 1 : 1 + Math.ceil((length - tileSize) / step);
  const start = (index: number) => index * step;
  const end = (index: number) => Math.min(length, start(index) + tileSize);
  // Neighbours meet in the middle of what they share.
  const border = (index: number) => (start(index) + end(index - 1)) / 2;
  return Array.from({ length: count }, (_, index) => ({
    start: start(index),
    length: end(index) - start(index),
    coreStart: index === 0 ? -Infinity : border(index),
    coreEnd: index === count - 1 ? Infinity : border(index + 1),
  }));
}
