import type { DetectionSample } from '../../../datasets/detection-sample.js';
import type { AnnotatedObject, AnnotationSet, BoxEdges, Quadrilateral } from '../../boxes/annotations.js';
import type { Detections } from '../../boxes/detections.js';
import { boundsOf, cornersOf } from '../../boxes/detections.js';
import { iouThresholds } from '../../boxes/protocol.js';
import { precisionRecall, summarisePrecision } from '../../evaluate/coco-metrics/coco-metrics.js';
import { matchSet } from '../../evaluate/coco-metrics/evaluate-set.js';
import type { OperatingPoint } from '../../evaluate/coco-metrics/operating-point.js';
import { bestOperatingPoint } from '../../evaluate/coco-metrics/operating-point.js';
import { orientedMetrics } from '../../evaluate/oriented-metrics.js';
import { orientedRows, uprightColumns } from '../../evaluate/score-detections.js';

/** What an input shows, and what was found in it, in its pixels. */
export interface ScoredInput {
  readonly found: Detections;
  readonly shown: Pick<DetectionSample, 'boxes' | 'angles' | 'labels' | 'ignored'>;
}

/** Most detections of an input that count: an input may show hundreds of objects, COCO's own limit is a hundred. */
const MOST_DETECTIONS = 1000;

/**
 * COCO's average precision of upright boxes at an overlap of 0.5, all classes taken for one. What is found in a region to
 * ignore counts neither for nor against.
 * @returns AP50 0 to 1, 0 where there is nothing to find; the threshold with the best F1, where any object is found
 */
export function scoreUpright(inputs: readonly ScoredInput[]): {
  readonly AP50: number;
  readonly operatingPoint?: OperatingPoint;
} {
  const asOne = inputs.map(({ found }) =>
    uprightColumns({ ...found, classes: new Int32Array(found.count) }, [0]),
  );
  const matches = matchSet(setOf(inputs), asOne, { detectionLimits: [1, 10, MOST_DETECTIONS] });
  const { AP50 } = summarisePrecision(matches);
  const point = bestOperatingPoint(precisionRecall(matches));
  return { AP50: Math.max(0, AP50), operatingPoint: point && point.f1 > 0 ? point : undefined };
}

/**
 * DOTA's average precision of turned boxes, all classes taken for one, mean over the overlaps 0.5 to 0.95. That at 0.5
 * alone does not tell whether angles are right: squares overlap boxes twice as long as broad by more.
 * @returns 0 to 1; 0 where there is nothing to find
 */
export function orientedAveragePrecision(inputs: readonly ScoredInput[]): number {
  const asOne = inputs.map(({ found }) =>
    orientedRows({ ...found, classes: new Int32Array(found.count) }, [0]),
  );
  const set = setOf(inputs);
  const precisions = iouThresholds.map((overlap) => Math.max(0, orientedMetrics(set, asOne, overlap).mAP));
  return precisions.reduce((sum, precision) => sum + precision, 0) / precisions.length;
}

function setOf(inputs: readonly ScoredInput[]): AnnotationSet {
  const images = inputs.map(({ shown }, index) => {
    return { path: String(index), width: 0, height: 0, objects: objectsOf(shown) };
  });
  return { labels: ['object'], images };
}

function objectsOf({ boxes, angles, labels, ignored }: ScoredInput['shown']): AnnotatedObject[] {
  const count = labels.length;
  const all: Detections = {
    count,
    boxes,
    angles,
    scores: new Float32Array(count),
    classes: new Int32Array(count),
  };
  const objects = Array.from({ length: count }, (_, index): AnnotatedObject => {
    const box = boundsOf(all, index);
    return angles
      ? { box, polygon: cornersOf(all, index) as unknown as Quadrilateral, label: 0 }
      : { box, label: 0 };
  });
  const regions = Array.from({ length: ignored.length / 4 }, (_, index): AnnotatedObject => {
    const box = [...ignored.subarray(4 * index, 4 * index + 4)] as unknown as BoxEdges;
    return { box, label: 0, crowd: true };
  });
  return [...objects, ...regions];
}
