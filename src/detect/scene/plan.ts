import { UserError } from '../../base/errors.js';
import { roundUp } from '../../base/round-up.js';
import type { Box, Size } from '../../boxes/box.js';
import type { DetectorTraits } from '../detector.js';

/** The part of an image in which a tile has the best view, in pixels of the scene; unbounded at the scene's border. */
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

/**
 * Cuts a scene into overlapping tiles, row by row, the way that takes the least time.
 *
 * Tiles start at multiples of the grid on which the detector's own layout repeats: windows of attention and positions
 * then lie alike on the same ground, whichever tile sees it, and so do boxes. Where the grid does not fit between tiles
 * that overlap so much, they start at multiples of the stride. The scene ends where the last tile of a row or column does, for
 * the detector too: either all tiles are of a size for which that is so, spread evenly, or the last one is smaller.
 * @param tileSize side of a tile at most
 * @param overlap pixels that neighbours share at least; an object no larger is seen whole by one of them
 */
export function planScene(scene: Size, tileSize: number, overlap: number, layout: Layout): SceneTile[] {
  if (overlap >= tileSize) {
    throw new UserError(
      `Tiles of ${tileSize} pixels cannot overlap by ${overlap}: take larger tiles or less overlap.`,
    );
  }
  const { columns, rows } = cutScene(scene, tileSize, overlap, layout);
  return rows.flatMap((row) =>
    columns.map((column) => ({
      left: column.start,
      top: row.start,
      width: column.length,
      height: row.length,
      core: { left: column.coreStart, top: row.coreStart, right: column.coreEnd, bottom: row.coreEnd },
    })),
  );
}

/**
 * Making the graph for another size of tiles, and memory that is new to it, take as long as looking at so many pixels, and
 * at such a share of a tile: half a second, and over a second for large ones.
 */
const [pixelsPerSize, tilesPerSize] = [4e6, 0.2];

/** The cheapest way to cut a scene. */
export interface SceneCut {
  readonly columns: readonly Span[];
  readonly rows: readonly Span[];
  /** Pixels of all tiles as the detector sees them, and those that stand for the time to make its graphs. */
  readonly cost: number;
}

/** As `planScene`. */
export function cutScene(scene: Size, tileSize: number, overlap: number, layout: Layout): SceneCut {
  const [waysAcross, waysDown] = [scene.width, scene.height].map((length) =>
    axisCuts(length, tileSize, overlap, layout),
  ) as [Span[][], Span[][]];
  const ways = waysAcross.flatMap((columns) =>
    waysDown.map((rows) => ({ columns, rows, cost: costOf(columns, rows, layout.stride) })),
  );
  return ways.reduce((best, way) => (way.cost < best.cost ? way : best));
}

function costOf(columns: readonly Span[], rows: readonly Span[], stride: number): number {
  const [across, down] = [columns, rows].map((spans) =>
    spans.map(({ length }) => roundUp(length, stride)),
  ) as [number[], number[]];
  const sum = (lengths: Iterable<number>) => [...lengths].reduce((total, length) => total + length, 0);
  const [widths, heights] = [new Set(across), new Set(down)];
  const graphs = pixelsPerSize * widths.size * heights.size + tilesPerSize * sum(widths) * sum(heights);
  return sum(across) * sum(down) + graphs;
}

/** The ways to cut one axis of a scene: tiles of the given length but for the last, or all of one length. */
function axisCuts(
  length: number,
  tileSize: number,
  overlap: number,
  { stride, grid = stride }: Layout,
): Span[][] {
  if (length <= tileSize) return [spans(length, length, [0])];
  const most = tileSize - overlap;
  const unit = [grid, stride].find((pixels) => pixels <= most) ?? most;
  const step = Math.floor(most / unit) * unit;
  const count = 1 + Math.ceil((length - tileSize) / step);
  const ways = [
    spans(
      length,
      tileSize,
      Array.from({ length: count }, (_, index) => index * step),
    ),
  ];
  // The detector continues the scene to a multiple of its stride. A tile that ends there and starts on the grid:
  const seen = roundUp(length, stride);
  const fitting = seen - roundUp(seen - tileSize, unit);
  if (fitting - overlap >= unit) {
    ways.push(spans(length, fitting, evenStarts(seen - fitting, unit, fitting - overlap)));
  }
  return ways;
}

/**
 * Where tiles start, spread evenly.
 * @param last where the last tile starts
 * @param unit what starts are multiples of
 * @param most that a tile may start behind the one before
 */
function evenStarts(last: number, unit: number, most: number): number[] {
  const units = last / unit;
  const steps = Math.ceil(units / Math.floor(most / unit));
  return Array.from({ length: steps + 1 }, (_, index) => Math.round((index * units) / steps) * unit);
}

/** A part of an axis that tiles see, and that in which they have the best view. */
interface Span {
  readonly start: number;
  readonly length: number;
  readonly coreStart: number;
  readonly coreEnd: number;
}

function spans(length: number, tileSize: number, starts: readonly number[]): Span[] {
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
