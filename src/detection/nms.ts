import { BoxIndex } from './box-index.js';
import { overlapOf } from './box-overlap.js';
import type { Detections } from './detections.js';
import { rankByScore, selectDetections } from './detections.js';
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
export function suppress(detections: Detections, { iou, classAgnostic }: SuppressOptions): Detections {
  checkShare('iou', iou);
  const kept = new BoxIndex(detections, classAgnostic);
  const keptIndices: number[] = [];
  for (const index of rankByScore(detections.scores)) {
    const isDuplicate = kept
      .near(detections, index)
      .some((better) => overlapOf(detections, index, detections, better, 'iou') > iou);
    if (isDuplicate) continue;
    kept.insert(index);
    keptIndices.push(index);
  }
  return selectDetections(detections, keptIndices);
}
