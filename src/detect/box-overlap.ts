import { convexIntersectionArea } from '../boxes/convex-intersection.js';
import type { Detections } from '../boxes/detections.js';
import { cornersOf } from '../boxes/detections.js';

/** Intersection over union, or over the smaller of the two areas. */
export type OverlapMeasure = 'iou' | 'ios';

/** Overlap of box `i` of one set with box `j` of another, 0 to 1. Boxes without area overlap nothing. */
export function overlapOf(
  a: Detections,
  i: number,
  b: Detections,
  j: number,
  measure: OverlapMeasure,
): number {
  const [areaA, areaB] = [areaOf(a, i), areaOf(b, j)];
  const common = intersectionArea(a, i, b, j);
  const whole = measure === 'iou' ? areaA + areaB - common : Math.min(areaA, areaB);
  // Two boxes without area would divide nothing by nothing.
  return common > 0 && whole > 0 ? common / whole : 0;
}

/** Area of a box in square pixels; 0 for one that is turned inside out. */
export function areaOf({ boxes, angles }: Detections, index: number): number {
  const at = 4 * index;
  const width = angles ? boxes[at + 2]! : boxes[at + 2]! - boxes[at]!;
  const height = angles ? boxes[at + 3]! : boxes[at + 3]! - boxes[at + 1]!;
  return Math.max(0, width) * Math.max(0, height);
}

function intersectionArea(a: Detections, i: number, b: Detections, j: number): number {
  if (a.angles || b.angles) return convexIntersectionArea(cornersOf(a, i), cornersOf(b, j));
  const [p, q] = [4 * i, 4 * j];
  const width = Math.min(a.boxes[p + 2]!, b.boxes[q + 2]!) - Math.max(a.boxes[p]!, b.boxes[q]!);
  const height = Math.min(a.boxes[p + 3]!, b.boxes[q + 3]!) - Math.max(a.boxes[p + 1]!, b.boxes[q + 1]!);
  return Math.max(0, width) * Math.max(0, height);
}
