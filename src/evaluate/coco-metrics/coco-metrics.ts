import type { AnnotationSet } from '../../boxes/annotations.js';
import type { AreaName, ScoredBoxes } from '../../boxes/protocol.js';
import { iouThresholds } from '../../boxes/protocol.js';
import type { CocoOptions, SetMatches } from './evaluate-set.js';
import { matchSet } from './evaluate-set.js';
import type { PrecisionRecall } from './precision-recall.js';
import { averagePrecision, followPrecision } from './precision-recall.js';

/**
 * COCO's twelve numbers, each 0 to 1, or -1 where the set has no object that could count. AP is the mean over ten overlap
 * thresholds (0.50 to 0.95) and all classes, AP50 and AP75 that at one; s, m, l are the sizes small, medium, large; AR
 * is the recall reached with at most 1, 10, 100 detections an image and class.
 */
export interface CocoMetrics {
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
  readonly APs: number;
  readonly APm: number;
  readonly APl: number;
  readonly AR1: number;
  readonly AR10: number;
  readonly AR100: number;
  readonly ARs: number;
  readonly ARm: number;
  readonly ARl: number;
}

/** How one class does. */
export interface ClassMetrics {
  readonly name: string;
  /** Objects that should be found. */
  readonly objects: number;
  /** -1 for a class without objects. */
  readonly AP: number;
  readonly AP50: number;
}

/** Values of one overlap threshold each; empty for a class without objects, which is left out of all means. */
type Values = readonly number[];

function curvesOf(matches: SetMatches, label: number, area: AreaName, limit: number): PrecisionRecall[] {
  const images = matches.classes[label]![area];
  if (images.every(({ positives }) => positives === 0)) return [];
  return followPrecision(images, limit, [...iouThresholds.keys()]);
}

function mean(values: Values): number {
  return values.length === 0 ? -1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Average precision of every class at every threshold. */
function precisions(matches: SetMatches, area: AreaName): Values[] {
  return matches.classes.map((_, label) =>
    curvesOf(matches, label, area, matches.detectionLimits[2]).map(averagePrecision),
  );
}

/** Recall reached, averaged over classes and thresholds. */
function averageRecall(matches: SetMatches, area: AreaName, limit: number): number {
  const reached = matches.classes.flatMap((_, label) =>
    curvesOf(matches, label, area, limit).map(({ recall }) => recall.at(-1) ?? 0),
  );
  return mean(reached);
}

/** Values at one threshold, of the classes that have objects. */
function at(threshold: number, values: readonly Values[]): Values {
  return values.flatMap((own) => own.slice(threshold, threshold + 1));
}

/** AP and AP50 alone: a small part of the work of all twelve numbers. */
export function summarisePrecision(matches: SetMatches): Pick<CocoMetrics, 'AP' | 'AP50'> {
  const all = precisions(matches, 'all');
  return { AP: mean(all.flat()), AP50: mean(at(0, all)) };
}

/** The twelve numbers of matched detections. */
export function summarise(matches: SetMatches): CocoMetrics {
  const all = precisions(matches, 'all');
  const [one, ten, hundred] = matches.detectionLimits;
  return {
    AP: mean(all.flat()),
    AP50: mean(at(0, all)),
    AP75: mean(at(5, all)),
    APs: mean(precisions(matches, 'small').flat()),
    APm: mean(precisions(matches, 'medium').flat()),
    APl: mean(precisions(matches, 'large').flat()),
    AR1: averageRecall(matches, 'all', one),
    AR10: averageRecall(matches, 'all', ten),
    AR100: averageRecall(matches, 'all', hundred),
    ARs: averageRecall(matches, 'small', hundred),
    ARm: averageRecall(matches, 'medium', hundred),
    ARl: averageRecall(matches, 'large', hundred),
  };
}

/** AP and AP50 of every class; `matches` of all classes apart. */
export function summariseClasses(matches: SetMatches, labels: readonly string[]): ClassMetrics[] {
  return precisions(matches, 'all').map((values, label) => ({
    name: labels[label]!,
    objects: matches.classes[label]!.all.reduce((sum, { positives }) => sum + positives, 0),
    AP: mean(values),
    AP50: values[0] ?? -1,
  }));
}

/** Precision and recall of one class (0 where matched class-agnostically) at one overlap threshold, 0.5 by default. */
export function precisionRecall(matches: SetMatches, label = 0, threshold = 0): PrecisionRecall {
  return followPrecision(matches.classes[label]!.all, matches.detectionLimits[2], [threshold])[0]!;
}

/**
 * COCO's twelve numbers, equal to those of pycocotools (COCOeval, iouType "bbox"; `useCats = 0` where class-agnostic).
 * @param detectionsByImage one entry an image of the set, in its order
 */
export function cocoMetrics(
  set: AnnotationSet,
  detectionsByImage: readonly ScoredBoxes[],
  options: CocoOptions = {},
): CocoMetrics {
  return summarise(matchSet(set, detectionsByImage, options));
}
