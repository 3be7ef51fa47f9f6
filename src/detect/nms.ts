import { BoxGrid } from '../boxes/box-grid.js';
import type { Detections } from '../boxes/detections.js';
import { boundsOf, rankByScore, selectDetections } from '../boxes/detections.js';
import { areaOf, overlapOf } from './box-overlap.js';
import { checkShare } from './merge-options.js';

export interface SuppressOptions {
  /** Of two boxes that overlap more than this, 0 to 1, only the better one stays. */
  readonly iou: number;
  /** Whether boxes of different classes suppress each other. Default false. */
  readonly classAgnostic?: boolean;
}

/**
 * Greedy non-maximum suppression: the best box stays, those that overlap it too much go, and so on.
 *
 * Turned boxes are compared as polygons: their upright bounds would suppress neighbours parked side by side.
 * @returns what stays, best score first; equal scores in their given order
 */
export function suppress(detections: Detections, options: SuppressOptions): Detections {
  const { iou, classAgnostic = false } = options;
  checkShare('iou', iou);
  if (detections.count === 0) return selectDetections(detections, []);
  const kept = (detections.angles ? keptOfTurned : keptOfUpright)(detections, iou, classAgnostic);
  return selectDetections(detections, kept);
}

/**
 * Each box is compared with those of the kept ones that reach into the cells under its middle. That is enough: to overlap
 * by more than a share of their union, two boxes must share more than that share of the width and of the height of each;
 * in the middle of a box, without less than that share on either side, lies a point of whatever is so long.
 */
function keptOfUpright(detections: Detections, iou: number, classAgnostic: boolean): Uint32Array {
  const { boxes, scores, classes, count } = detections;
  const grid = gridFor(detections.boxes, count);
  const margin = marginFor(iou);
  const ranked = rankByScore(scores);
  // Those kept take the place of those that have been looked at.
  let end = 0;
  for (let rank = 0; rank < count; rank++) {
    const index = ranked[rank]!;
    const x0 = boxes[4 * index]!;
    const y0 = boxes[4 * index + 1]!;
    const x1 = boxes[4 * index + 2]!;
    const y1 = boxes[4 * index + 3]!;
    const area = areaOf(detections, index);
    const label = classes[index]!;
    const marginX = margin * (x1 - x0);
    const marginY = margin * (y1 - y0);
    const firstColumn = grid.column(x0 + marginX);
    const lastColumn = grid.column(x1 - marginX);
    const lastRow = grid.row(y1 - marginY);
    const { first, box, next, columns } = grid;
    let isDuplicate = false;
    for (let row = grid.row(y0 + marginY); row <= lastRow && !isDuplicate; row++) {
      for (let column = firstColumn; column <= lastColumn && !isDuplicate; column++) {
        for (let entry = first[row * columns + column]!; entry >= 0; entry = next[entry]!) {
          const better = box[entry]!;
          const left = boxes[4 * better]!;
          const right = boxes[4 * better + 2]!;
          const width = Math.min(x1, right) - Math.max(x0, left);
          if (width <= 0) continue;
          const top = boxes[4 * better + 1]!;
          const bottom = boxes[4 * better + 3]!;
          const height = Math.min(y1, bottom) - Math.max(y0, top);
          if (height <= 0) continue;
          const common = width * height;
          if (common / (area + (right - left) * (bottom - top) - common) <= iou) continue;
          if (!classAgnostic && classes[better] !== label) continue;
          isDuplicate = true;
          break;
        }
      }
    }
    if (isDuplicate) continue;
    ranked[end++] = index;
    grid.insert(index, x0, y0, x1, y1);
  }
  return ranked.subarray(0, end);
}

/** Of a box's width, what may be left out on either side; a little less, so that rounding is of no account. */
function marginFor(iou: number): number {
  return iou > 0 ? (1 - 1e-6) / Math.max(2, Math.ceil(1 / iou)) : 0;
}

/** The same by polygons, for those whose upright bounds touch. */
function keptOfTurned(detections: Detections, iou: number, classAgnostic: boolean): Uint32Array {
  const { scores, classes, count } = detections;
  const bounds = new Float64Array(4 * count);
  for (let index = 0; index < count; index++) bounds.set(boundsOf(detections, index), 4 * index);
  const grid = gridFor(bounds, count);
  // Of each kept box: the last one that was compared with it, as it may be in several cells.
  const comparedWith = new Int32Array(count).fill(-1);
  const kept = new Uint32Array(count);
  let end = 0;
  const isDuplicate = (index: number, better: number) => {
    if (comparedWith[better] === index) return false;
    comparedWith[better] = index;
    if (!classAgnostic && classes[better] !== classes[index]) return false;
    return overlapOf(detections, index, detections, better, 'iou') > iou;
  };
  for (const index of rankByScore(scores)) {
    const [x0, y0, x1, y1] = bounds.subarray(4 * index, 4 * index + 4) as unknown as FourNumbers;
    if (someNear(grid, x0, y0, x1, y1, (better) => isDuplicate(index, better))) continue;
    kept[end++] = index;
    grid.insert(index, x0, y0, x1, y1);
  }
  return kept.subarray(0, end);
}

type FourNumbers = [number, number, number, number];

function someNear(
  grid: BoxGrid,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  test: (box: number) => boolean,
): boolean {
  const [firstColumn, lastColumn, lastRow] = [grid.column(x0), grid.column(x1), grid.row(y1)];
  for (let row = grid.row(y0); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      for (let entry = grid.first[row * grid.columns + column]!; entry >= 0; entry = grid.next[entry]!) {
        if (test(grid.box[entry]!)) return true;
      }
    }
  }
  return false;
}

/** An empty grid for boxes given as left, top, right, bottom. */
function gridFor(bounds: Float32Array | Float64Array, count: number): BoxGrid {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let sides = 0;
  for (let at = 0; at < 4 * count; at += 4) {
    const x0 = bounds[at]!;
    const y0 = bounds[at + 1]!;
    const x1 = bounds[at + 2]!;
    const y1 = bounds[at + 3]!;
    if (x0 < left) left = x0;
    if (y0 < top) top = y0;
    if (x1 > right) right = x1;
    if (y1 > bottom) bottom = y1;
    sides += Math.max(x1 - x0, y1 - y0);
  }
  return new BoxGrid({ left, top, right, bottom, side: sides / count, count });
}
