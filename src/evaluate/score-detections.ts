import type { AnnotationSet, Quadrilateral } from '../boxes/annotations.js';
import type { Detections } from '../boxes/detections.js';
import { boundsOf, cornersOf } from '../boxes/detections.js';
import type { ScoredBoxes } from '../boxes/protocol.js';
import type { AngleErrors } from './angle-errors.js';
import { angleErrors } from './angle-errors.js';
import type { BootstrapOptions } from './bootstrap.js';
import type { ClassMetrics, CocoMetrics } from './coco-metrics/coco-metrics.js';
import { precisionRecall, summarise, summariseClasses } from './coco-metrics/coco-metrics.js';
import { matchSet } from './coco-metrics/evaluate-set.js';
import type { CountError, OperatingPoint } from './coco-metrics/operating-point.js';
import { bestOperatingPoint, countError, operatingPointAt } from './coco-metrics/operating-point.js';
import { precisionAtRecalls } from './coco-metrics/precision-recall.js';
import type { DetectionIntervals } from './detection-intervals.js';
import { detectionIntervals } from './detection-intervals.js';
import type { OrientedDetection, OrientedMetrics } from './oriented-metrics.js';
import { orientedMetrics } from './oriented-metrics.js';

/** How well detections agree with labels: COCO's numbers with classes apart, and more. */
export interface DetectionScores extends CocoMetrics {
  readonly images: number;
  /** Objects that should be found. */
  readonly objects: number;
  /** COCO's numbers with all classes taken for one. */
  readonly classAgnostic: CocoMetrics;
  readonly classes: readonly ClassMetrics[];
  /** All classes as one, IoU 0.5: at the threshold asked for, else at the one with the best F1. */
  readonly operatingPoint?: OperatingPoint;
  /** At the threshold of the operating point. */
  readonly counts?: CountError;
  /** Precision at the recalls 0, 0.01 … 1, all classes as one, IoU 0.5. */
  readonly precisionRecall: readonly number[];
  /** DOTA's mean average precision at IoU 0.5, where boxes are oriented. */
  readonly oriented?: OrientedMetrics;
  /**
   * The same at IoU 0.75. That at 0.5 says little about angles: a square of the same area overlaps a box twice as long as
   * broad by more than half, however the box is turned.
   */
  readonly oriented75?: OrientedMetrics;
  /** 95 % intervals over the images, where they were asked for. */
  readonly intervals?: DetectionIntervals;
  /** How far the angles of what was found are off, by class, where boxes are oriented. */
  readonly angles?: readonly AngleErrors[];
}

export interface ScoreOptions {
  /** Score of the operating point. */
  readonly threshold?: number;
  /** Asks for 95 % intervals, which take far longer than the scores. */
  readonly intervals?: BootstrapOptions;
  /** Turned boxes, one list an image, in addition to the upright ones around them. */
  readonly oriented?: readonly (readonly OrientedDetection[])[];
}

/**
 * Scores detections against labels.
 * @param found one entry an image of the set, classes as indices of its labels; others count class-agnostically only
 */
export function scoreDetections(
  set: AnnotationSet,
  found: readonly ScoredBoxes[],
  { threshold, intervals, oriented }: ScoreOptions = {},
): DetectionScores {
  const apart = matchSet(set, found);
  const together = matchSet(set, found, { classAgnostic: true });
  const curve = precisionRecall(together);
  const operatingPoint =
    threshold === undefined ? bestOperatingPoint(curve) : operatingPointAt(curve, threshold);
  const counted = threshold ?? operatingPoint?.threshold;
  return {
    images: set.images.length,
    objects: curve.positives,
    ...summarise(apart),
    classAgnostic: summarise(together),
    classes: summariseClasses(apart, set.labels),
    operatingPoint,
    counts: counted === undefined ? undefined : countError(set, found, counted),
    precisionRecall: precisionAtRecalls(curve),
    intervals: intervals && detectionIntervals(set, found, counted, intervals),
    oriented: oriented && orientedMetrics(set, oriented),
    oriented75: oriented && orientedMetrics(set, oriented, 0.75),
    angles: oriented && angleErrors(set, oriented),
  };
}

/** For each of a model's labels its index among those of a set, by name; -1 where the set has no such label. */
export function labelMap(from: readonly string[], to: readonly string[]): number[] {
  return from.map((name) => to.indexOf(name));
}

/** Detections with upright boxes and classes of the set. */
export function uprightColumns(found: Detections, map: readonly number[]): ScoredBoxes {
  const { count, scores } = found;
  const bounds = () => Array.from({ length: count }, (_, index) => boundsOf(found, index)).flat();
  return {
    count,
    boxes: found.angles ? bounds() : found.boxes,
    scores,
    classes: found.classes.map((own) => map[own] ?? -1),
  };
}

/** Detections as turned boxes with classes of the set; those it does not have are left out. */
export function orientedRows(found: Detections, map: readonly number[]): OrientedDetection[] {
  return Array.from({ length: found.count }, (_, index): OrientedDetection => {
    const corners = cornersOf(found, index) as unknown as Quadrilateral;
    return { corners, score: found.scores[index]!, label: map[found.classes[index]!] ?? -1 };
  }).filter(({ label }) => label >= 0);
}
