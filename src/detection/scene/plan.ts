import { UserError } from '../../errors.js';
import type { Box, Size } from '../../image/box.js';
import { roundUp } from '../../round-up.js';
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

/** What of a detector decides where tiles lie. */
export type Layout = Pick<DetectorTraits, 'stride' | 'grid'>;

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
 * that overlap so much, they start at multiples of the stride. Where the last tile of a row or column, being of the same
 * size, would start on the grid too, they are spread evenly; else it is smaller: the scene ends there, for the detector too.
 * @param overlap pixels that neighbours share at least; an object no larger is seen whole by one of them
 */
export function planScene(scene: Size, tileSize: number, overlap: number, layout: Layout): SceneTile[] {
  if (overlap >= tileSize) {
    throw new UserError(
      `Tiles of ${tileSize} pixels cannot overlap by ${overlap}: take larger tiles or less overlap.`,
    );
  }
  const columns = spans(scene.width, tileSize, overlap, layout);
  return spans(scene.height, tileSize, overlap, layout).flatMap((row) =>
    columns.map((column) => ({
      left: column.start,
      top: row.start,
      width: column.length,
      height: row.length,
      core: { left: column.coreStart, top: row.coreStart, right: column.coreEnd, bottom: row.coreEnd },
    })),
  );
}

/** Where the tiles along one axis start. */
function startsOf(
  length: number,
  tileSize: number,
  overlap: number,
  { stride, grid = stride }: Layout,
): number[] {
  const most = tileSize - overlap;
  const unit = [grid, stride].find((pixels) => pixels <= most) ?? most;
  const step = Math.floor(most / unit) * unit;
  const count = length <= tileSize ? 1 : 1 + Math.ceil((length - tileSize) / step);
  // The detector continues the scene to a multiple of its stride.
  const last = roundUp(length, stride) - tileSize;
  const isSpread = count > 1 && last % unit === 0 && last <= (count - 1) * step;
  const units = last / unit / (count - 1);
  return Array.from({ length: count }, (_, index) =>
    isSpread ? Math.round(index * units) * unit : index * step,
  );
}

/** Lengths of the tiles along one axis, brought up to multiples of the stride, as the detector sees them. */
export function tileLengths(length: number, tileSize: number, overlap: number, layout: Layout): number[] {
  return startsOf(length, tileSize, overlap, layout).map((start) =>
    roundUp(Math.min(tileSize, length - start), layout.stride),
  );
}

function spans(length: number, tileSize: number, overlap: number, layout: Layout): Span[] {
  const starts = startsOf(length, tileSize, overlap, layout);
  const count = starts.length;
  const start = (index: number) => starts[index]!;
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
