import { BoxIndex } from '../boxes/box-index.js';
import type { Detections } from '../boxes/detections.js';
import { cornersOf, rankByScore, selectDetections } from '../boxes/detections.js';
import type { OverlapMeasure } from './box-overlap.js';
import { overlapOf } from './box-overlap.js';
import { checkShare } from './merge-options.js';

export interface MergeOptions {
  /** Boxes that overlap at least this much, 0 to 1 and more than nothing, become one. Default 0.5. */
  readonly overlap?: number;
  /** Default 'ios': a piece of an object lies wholly within the object, however small it is. */
  readonly measure?: OverlapMeasure;
  /** Whether boxes of different classes are merged, into the class of the better one. Default false. */
  readonly classAgnostic?: boolean;
}

/**
 * Greedy non-maximum merging, as SAHI does it by default: the best box takes in the boxes that overlap it, grows to
 * the bounds of all and keeps its own score and class; what it took in is gone.
 *
 * Like there, who overlaps is decided with the boxes as they were found, and once more against the box as it has grown.
 * A turned box grows along its own sides.
 * @returns the merged boxes, best score first; equal scores in their given order
 */
export function greedyMerge(detections: Detections, options: MergeOptions = {}): Detections {
  const { overlap = 0.5, measure = 'ios', classAgnostic } = options;
  checkShare('overlap', overlap);
  const matches = (a: Detections, i: number, b: Detections, j: number) => {
    const share = overlapOf(a, i, b, j, measure);
    return share > 0 && share >= overlap;
  };
  const all = new BoxIndex(detections, classAgnostic);
  all.insertAll();
  const order = rankByScore(detections.scores);
  const rank = rankOf(order);
  const isTaken = new Uint8Array(detections.count);
  const keepers: number[] = [];
  const grown: Detections[] = [];
  for (const keeper of order) {
    if (isTaken[keeper]) continue;
    // Marked before it looks around, so that it cannot take in itself, whatever the scores.
    isTaken[keeper] = 1;
    const found = all
      .near(detections, keeper)
      .filter((index) => !isTaken[index] && matches(detections, keeper, detections, index));
    const box = selectDetections(detections, [keeper]);
    for (const index of found.sort((a, b) => rank[a]! - rank[b]!)) {
      isTaken[index] = 1;
      if (matches(box, 0, detections, index)) growAround(box, detections, index);
    }
    keepers.push(keeper);
    grown.push(box);
  }
  const merged = selectDetections(detections, keepers);
  for (const [at, box] of grown.entries()) merged.boxes.set(box.boxes, 4 * at);
  return merged;
}

function rankOf(order: Uint32Array): Uint32Array {
  const rank = new Uint32Array(order.length);
  for (const [position, index] of order.entries()) rank[index] = position;
  return rank;
}

/** Grows a single box until it also holds box `index` of `others`. */
function growAround(box: Detections, others: Detections, index: number): void {
  const angle = box.angles?.[0] ?? 0;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Bounds of all corners along the sides of the growing box.
  let [minU, minV, maxU, maxV] = [Infinity, Infinity, -Infinity, -Infinity];
  const corners = [...cornersOf(box, 0), ...cornersOf(others, index)];
  for (let at = 0; at < corners.length; at += 2) {
    const u = corners[at]! * cos + corners[at + 1]! * sin;
    const v = corners[at + 1]! * cos - corners[at]! * sin;
    [minU, minV] = [Math.min(minU, u), Math.min(minV, v)];
    [maxU, maxV] = [Math.max(maxU, u), Math.max(maxV, v)];
  }
  const [u, v] = [(minU + maxU) / 2, (minV + maxV) / 2];
  box.boxes.set(
    box.angles ? [u * cos - v * sin, u * sin + v * cos, maxU - minU, maxV - minV] : [minU, minV, maxU, maxV],
  );
}
