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
  /** The size that the detector is to see it at, the same for all tiles: it may reach beyond the scene. */
  readonly continuedTo: Size;
  /** What lies nearer to the middle of this tile than to that of its neighbours. */
  readonly core: Core;
}

/** What of a detector decides where tiles lie. */
export type Layout = Pick<DetectorTraits, 'stride' | 'grid'>;

interface Span {
  readonly start: number;
  /** Within the scene. */
  readonly length: number;
  readonly continuedTo: number;
  readonly coreStart: number;
  readonly coreEnd: number;
}

/**
 * Cuts a scene into overlapping tiles of one size, row by row.
 *
 * Tiles start at multiples of the grid on which the detector's own layout repeats: windows of attention and positions
 * then lie alike on the same ground, whichever tile sees it, and so do boxes. Where the grid does not fit between tiles
 * that overlap so much, they start at multiples of the stride. Tiles of a row are spread evenly as far as that allows, and the
 * last one may reach beyond the scene, which the detector continues there: a graph for tiles of another size, and memory
 * for it, cost more than to look at that.
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
      continuedTo: { width: column.continuedTo, height: row.continuedTo },
      core: { left: column.coreStart, top: row.coreStart, right: column.coreEnd, bottom: row.coreEnd },
    })),
  );
}

/** Where the tiles along one axis start, and how long they are. */
export interface Cut {
  readonly starts: readonly number[];
  /** A multiple of the stride. */
  readonly length: number;
}

/** Cuts one axis of a scene. */
export function cutAxis(
  length: number,
  tileSize: number,
  overlap: number,
  { stride, grid = stride }: Layout,
): Cut {
  if (length <= tileSize) return { starts: [0], length: roundUp(length, stride) };
  const most = tileSize - overlap;
  const unit = [grid, stride].find((pixels) => pixels <= most) ?? most;
  const steps = Math.ceil((length - tileSize) / (Math.floor(most / unit) * unit));
  const unitsPerStep = Math.ceil((length - tileSize) / unit) / steps;
  const starts = Array.from({ length: steps + 1 }, (_, index) => Math.round(index * unitsPerStep) * unit);
  return { starts, length: roundUp(tileSize, stride) };
}

function spans(length: number, tileSize: number, overlap: number, layout: Layout): Span[] {
  const { starts, length: continuedTo } = cutAxis(length, tileSize, overlap, layout);
  const count = starts.length;
  const start = (index: number) => starts[index]!;
  const end = (index: number) => Math.min(length, start(index) + tileSize);
  // Neighbours meet in the middle of what they share.
  const border = (index: number) => (start(index) + end(index - 1)) / 2;
  return Array.from({ length: count }, (_, index) => ({
    start: start(index),
    length: end(index) - start(index),
    continuedTo,
    coreStart: index === 0 ? -Infinity : border(index),
    coreEnd: index === count - 1 ? Infinity : border(index + 1),
  }));
}
