import { BoxIndex } from './box-index.js';
import { areaOf, overlapOf } from './box-overlap.js';
import type { Detections } from './detections.js';
import { rankByScore, selectDetections } from './detections.js';
import { checkShare } from './merge-options.js';

export interface SuppressOptions {
  /** Of two boxes that overlap more than this, 0 to 1, only the better one stays. */
  readonly iou: number;
  /** Whether boxes of different classes suppress each other. Default false. */
  readonly classAgnostic?: boolean;
}

/** Up to so many upright boxes, comparing with all that stay is faster than an index: see docs/detection.md. */
const MOST_WITHOUT_INDEX = 2000;

/**
 * Greedy non-maximum suppression: the best box stays, those that overlap it too much go, and so on.
 *
 * Turned boxes are compared as polygons: their upright bounds would suppress neighbours parked side by side.
 * @returns what stays, best score first; equal scores in their given order
 */
export function suppress(detections: Detections, options: SuppressOptions): Detections {
  const { iou, classAgnostic = false } = options;
  checkShare('iou', iou);
  const isSmall = !detections.angles && detections.count <= MOST_WITHOUT_INDEX;
  const kept = (isSmall ? keptByComparing : keptByIndex)(detections, iou, classAgnostic);
  return selectDetections(detections, kept);
}

function keptByIndex(detections: Detections, iou: number, classAgnostic: boolean): number[] {
  const index = new BoxIndex(detections, classAgnostic);
  const kept: number[] = [];
  for (const own of rankByScore(detections.scores)) {
    const isDuplicate = index
      .near(detections, own)
      .some((better) => overlapOf(detections, own, detections, better, 'iou') > iou);
    if (isDuplicate) continue;
    index.insert(own);
    kept.push(own);
  }
  return kept;
}

/** The same for upright boxes, with what stays in one typed array, read from end to end for each box. */
function keptByComparing(detections: Detections, iou: number, classAgnostic: boolean): number[] {
  const { boxes, scores, classes, count } = detections;
  // Edges, area and class of each box that stays.
  const stays = new Float64Array(6 * count);
  let end = 0;
  const kept: number[] = [];
  for (const index of rankByScore(scores)) {
    const x0 = boxes[4 * index]!;
    const y0 = boxes[4 * index + 1]!;
    const x1 = boxes[4 * index + 2]!;
    const y1 = boxes[4 * index + 3]!;
    const area = areaOf(detections, index);
    const label = classAgnostic ? 0 : classes[index]!;
    let isDuplicate = false;
    for (let at = 0; at < end && !isDuplicate; at += 6) {
      // Most lie to one side: told apart without computing anything.
      if (stays[at]! >= x1 || stays[at + 2]! <= x0 || stays[at + 1]! >= y1 || stays[at + 3]! <= y0) continue;
      if (stays[at + 5] !== label) continue;
      const width = Math.min(x1, stays[at + 2]!) - Math.max(x0, stays[at]!);
      const height = Math.min(y1, stays[at + 3]!) - Math.max(y0, stays[at + 1]!);
      const common = width * height;
      const union = area + stays[at + 4]! - common;
      isDuplicate = common > 0 && common / union > iou;
    }
    if (isDuplicate) continue;
    stays[end] = x0;
    stays[end + 1] = y0;
    stays[end + 2] = x1;
    stays[end + 3] = y1;
    stays[end + 4] = area;
    stays[end + 5] = label;
    end += 6;
    kept.push(index);
  }
  return kept;
}
