import type { AnnotationSet, Quadrilateral } from '../boxes/annotations.js';
import { rotatedBoxOf } from '../boxes/rotated-box.js';
import type { OrientedDetection } from './oriented-metrics.js';
import { nearest, truthOf } from './oriented-metrics.js';

/** How far the angles of the objects of a class that were found are off, in degrees. */
export interface AngleErrors {
  readonly name: string;
  /** Objects found, at an overlap of more than 0.5, whose labels have corners. */
  readonly found: number;
  /** Median error without regard to half turns, 0 to 90; absent where nothing was found. */
  readonly median?: number;
  /** Those found that are nearly square. */
  readonly nearSquares: number;
  /** Median error of the near squares without regard to quarter turns either, 0 to 45. */
  readonly nearSquareMedian?: number;
}

/**
 * Breadth over length from which a box is nearly square: turned by a quarter it still overlaps itself by 0.5, so that
 * which of its sides is the longer hardly matters for finding it.
 */
const nearSquare = 2 / 3;

/**
 * Errors of the angles by class. Detections are matched to objects as in `orientedMetrics`: the best score first, each
 * to the object that it overlaps most.
 * @param detectionsByImage one entry an image of the set, in its order
 */
export function angleErrors(
  set: AnnotationSet,
  detectionsByImage: readonly (readonly OrientedDetection[])[],
): AngleErrors[] {
  return set.labels.map((name, label) => {
    const pairs = set.images.flatMap(({ objects }, image) => {
      const own = objects.filter((object) => object.label === label);
      const detections = detectionsByImage[image]!.filter((detection) => detection.label === label);
      return matched(own, detections);
    });
    const squares = pairs.filter(({ truth }) => isNearSquare(truth));
    const errors = (of: typeof pairs, period: number) =>
      median(of.map(({ found, truth }) => angleError(found, truth, period)));
    return {
      name,
      found: pairs.length,
      median: errors(pairs, 180),
      nearSquares: squares.length,
      nearSquareMedian: errors(squares, 90),
    };
  });
}

interface Pair {
  readonly found: Quadrilateral;
  readonly truth: Quadrilateral;
}

function matched(
  objects: AnnotationSet['images'][number]['objects'],
  detections: readonly OrientedDetection[],
): Pair[] {
  const truths = objects.map(truthOf);
  const withCorners = new Set(truths.filter((_, index) => objects[index]!.polygon !== undefined));
  const pairs: Pair[] = [];
  for (const { corners } of detections.toSorted((a, b) => b.score - a.score)) {
    const { overlap, best } = nearest(corners, truths);
    if (!best || best.taken || best.difficult || overlap <= 0.5) continue;
    best.taken = true;
    if (withCorners.has(best)) pairs.push({ found: corners, truth: best.corners });
  }
  return pairs;
}

function isNearSquare(corners: Quadrilateral): boolean {
  const { length, breadth } = rotatedBoxOf(corners);
  return breadth >= nearSquare * length;
}

/** Degrees between the longer sides of two boxes, where directions a period apart are the same. */
function angleError(a: Quadrilateral, b: Quadrilateral, period: number): number {
  const apart = Math.abs(((rotatedBoxOf(a).angle - rotatedBoxOf(b).angle) * 180) / Math.PI) % period;
  return Math.min(apart, period - apart);
}

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
