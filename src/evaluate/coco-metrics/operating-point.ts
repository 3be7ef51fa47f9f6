import type { AnnotationSet } from '../../boxes/annotations.js';
import type { ScoredBoxes } from '../../boxes/protocol.js';
import type { PrecisionRecall } from './precision-recall.js';

/** What a detector does when all scores from a threshold on are taken. */
export interface OperatingPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  /** Harmonic mean of both. */
  readonly f1: number;
}

function pointAt({ scores, precision, recall }: PrecisionRecall, at: number): OperatingPoint {
  const [p, r] = [precision[at]!, recall[at]!];
  return { threshold: scores[at]!, precision: p, recall: r, f1: p + r > 0 ? (2 * p * r) / (p + r) : 0 };
}

/** The threshold with the best F1. Detections of equal score are taken or left together. Undefined without detections. */
export function bestOperatingPoint(curve: PrecisionRecall): OperatingPoint | undefined {
  let best: OperatingPoint | undefined;
  const { scores } = curve;
  for (let at = 0; at < scores.length; at++) {
    if (scores[at] === scores[at + 1]) continue;
    const point = pointAt(curve, at);
    if (!best || point.f1 > best.f1) best = point;
  }
  return best;
}

/** Precision and recall when all scores from this threshold on are taken; undefined where there is none. */
export function operatingPointAt(curve: PrecisionRecall, threshold: number): OperatingPoint | undefined {
  const last = curve.scores.findLastIndex((score) => score >= threshold);
  return last < 0 ? undefined : { ...pointAt(curve, last), threshold };
}

/** How far the number of detections is from the number of objects. */
export interface CountError {
  readonly threshold: number;
  /** Mean over images of |detections - objects|. */
  readonly meanAbsolute: number;
  /** The sum of these differences as a share of all objects; undefined without objects. */
  readonly relative: number | undefined;
}

/**
 * Compares counts image by image, all classes together: detections with at least the threshold's score against objects
 * other than crowds and difficult ones.
 */
export function countError(
  set: AnnotationSet,
  detectionsByImage: readonly ScoredBoxes[],
  threshold: number,
): CountError {
  let [difference, total] = [0, 0];
  for (const [index, { objects }] of set.images.entries()) {
    const counted = objects.filter(({ crowd, difficult }) => !crowd && !difficult).length;
    const { scores, count } = detectionsByImage[index]!;
    let found = 0;
    for (let at = 0; at < count; at++) if (scores[at]! >= threshold) found++;
    difference += Math.abs(found - counted);
    total += counted;
  }
  const meanAbsolute = set.images.length === 0 ? 0 : difference / set.images.length;
  return { threshold, meanAbsolute, relative: total === 0 ? undefined : difference / total };
}
