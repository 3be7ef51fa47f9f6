import type { AnnotationSet } from '../boxes/annotations.js';
import type { ScoredBoxes } from '../boxes/protocol.js';
import type { BootstrapOptions, Interval } from './bootstrap.js';
import { bootstrapIntervals } from './bootstrap.js';
import { precisionRecall, summarisePrecision } from './coco-metrics/coco-metrics.js';
import { joinMatches, matchSet } from './coco-metrics/evaluate-set.js';
import { operatingPointAt } from './coco-metrics/operating-point.js';

/** 95 % intervals over the images of a set; a figure that no set drawn from it has is absent. */
export interface DetectionIntervals {
  readonly AP?: Interval;
  readonly AP50?: Interval;
  /** All classes taken for one. */
  readonly classAgnostic: { readonly AP?: Interval; readonly AP50?: Interval };
  /** At the threshold given, all classes as one, IoU 0.5; the threshold itself is not chosen anew. */
  readonly operatingPoint?: {
    readonly threshold: number;
    readonly precision?: Interval;
    readonly recall?: Interval;
    readonly f1?: Interval;
  };
}

/**
 * How far the figures of detections would be others for other images of the same kind.
 * @param found one entry an image of the set, classes as indices of its labels
 * @param threshold score of the operating point, 0 to 1
 */
export function detectionIntervals(
  set: AnnotationSet,
  found: readonly ScoredBoxes[],
  threshold: number | undefined,
  options: BootstrapOptions = {},
): DetectionIntervals {
  const ofImages = (classAgnostic: boolean) =>
    set.images.map((image, index) =>
      matchSet({ ...set, images: [image] }, [found[index]!], { classAgnostic }),
    );
  const apart = ofImages(false);
  const together = ofImages(true);
  const figures = (drawn: readonly number[]): number[] => {
    const own = summarisePrecision(joinMatches(drawn.map((image) => apart[image]!)));
    const joined = joinMatches(drawn.map((image) => together[image]!));
    const agnostic = summarisePrecision(joined);
    const average = [own.AP, own.AP50, agnostic.AP, agnostic.AP50].map(ifAny);
    const point = threshold === undefined ? undefined : operatingPointAt(precisionRecall(joined), threshold);
    return [...average, ...(point ? [point.precision, point.recall, point.f1] : [Number.NaN, 0, 0])];
  };
  const [AP, AP50, agnosticAP, agnosticAP50, precision, recall, f1] = bootstrapIntervals(
    set.images.length,
    figures,
    options,
  );
  return {
    AP,
    AP50,
    classAgnostic: { AP: agnosticAP, AP50: agnosticAP50 },
    operatingPoint: threshold === undefined ? undefined : { threshold, precision, recall, f1 },
  };
}

/** -1 is COCO's word for nothing to find. */
function ifAny(value: number): number {
  return value < 0 ? Number.NaN : value;
}
