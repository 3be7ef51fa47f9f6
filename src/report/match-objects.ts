import { boxAround } from '../boxes/annotations.js';
import { orientedIou } from '../boxes/oriented-iou.js';
import type { PrecisionRecall } from '../evaluate/coco-metrics/precision-recall.js';
import type { ReportedFound, ReportedImage, ReportedTruth } from './reported.js';

/** What became of an object that was found. */
export interface FoundMatch {
  readonly image: number;
  readonly found: ReportedFound;
  /** The object that it took, whatever its class; absent for one that lies on nothing. */
  readonly truth?: ReportedTruth;
  /** Largest overlap with any object, taken or not. */
  readonly overlap: number;
}

/** Detections and objects of a set, brought together. */
export interface SetMatch {
  /** Of all images, the best score first. */
  readonly found: readonly FoundMatch[];
  /** Objects that nothing took, whatever its score, or only what has less than a threshold: see `missedAt`. */
  readonly truths: readonly {
    readonly image: number;
    readonly truth: ReportedTruth;
    readonly by?: FoundMatch;
  }[];
}

/** Overlap from which an object counts as found. */
const leastOverlap = 0.5;

/**
 * Gives each detection, the best first, the free object that it overlaps most, from 0.5 on, whatever its class. Objects that are to
 * be ignored may be taken many times, and only where no other one overlaps enough.
 */
export function matchObjects(images: readonly ReportedImage[]): SetMatch {
  const all = images.map((image, index) => matchImage(image, index));
  const found = all.flatMap((own) => own.found).sort((a, b) => b.found.score - a.found.score);
  return { found, truths: all.flatMap((own) => own.truths) };
}

function matchImage({ truths, found }: ReportedImage, image: number): SetMatch {
  const boxes = truths.map(({ corners }) => boxAround(corners));
  const taken = new Map<ReportedTruth, FoundMatch>();
  const matches = found
    .toSorted((a, b) => b.score - a.score)
    .map((own): FoundMatch => {
      const [left, top, right, bottom] = boxAround(own.corners);
      let [overlap, best, most] = [leastOverlap, undefined as ReportedTruth | undefined, 0];
      for (const [at, truth] of truths.entries()) {
        const box = boxes[at]!;
        if (box[0] > right || box[2] < left || box[1] > bottom || box[3] < top) continue;
        const shared = orientedIou(own.corners, truth.corners);
        most = Math.max(most, shared);
        const isFree = truth.ignored || !taken.has(truth);
        const isBetter = best?.ignored && !truth.ignored ? shared >= leastOverlap : shared >= overlap;
        if (!isFree || !isBetter || (truth.ignored && best && !best.ignored)) continue;
        [overlap, best] = [shared, truth];
      }
      const match = { image, found: own, truth: best, overlap: most };
      if (best && !best.ignored) taken.set(best, match);
      return match;
    });
  return { found: matches, truths: truths.map((truth) => ({ image, truth, by: taken.get(truth) })) };
}

/**
 * Precision and recall from the best detection to the worst, all classes as one.
 * @param range of object sizes that count, the square root of the area in pixels; all by default
 */
export function curveOf(
  { found, truths }: SetMatch,
  range: readonly [number, number] = [0, Infinity],
): PrecisionRecall {
  const counts = ({ corners }: { readonly corners: ReportedTruth['corners'] }) => {
    const side = sideOf(corners);
    return side >= range[0] && side < range[1];
  };
  const counted = found.filter(({ found: own, truth }) =>
    truth ? !truth.ignored && counts(truth) : counts(own),
  );
  const positives = truths.filter(({ truth }) => !truth.ignored && counts(truth)).length;
  let right = 0;
  const [recall, precision] = [new Float64Array(counted.length), new Float64Array(counted.length)];
  for (const [at, { truth }] of counted.entries()) {
    if (truth) right++;
    recall[at] = positives === 0 ? 0 : right / positives;
    precision[at] = right / (at + 1);
  }
  return { scores: Float64Array.from(counted, (own) => own.found.score), recall, precision, positives };
}

/** Square root of the area of a box, in pixels. */
export function sideOf(corners: ReportedTruth['corners']): number {
  let twice = 0;
  for (let at = 0; at < 8; at += 2) {
    const [x, y, nextX, nextY] = [
      corners[at]!,
      corners[at + 1]!,
      corners[(at + 2) % 8]!,
      corners[(at + 3) % 8]!,
    ];
    twice += x * nextY - nextX * y;
  }
  return Math.sqrt(Math.abs(twice) / 2);
}

/**
 * How often objects of each class were taken for each class, at a threshold.
 * @returns [classes + 1][classes + 1], rows: what it is, the last one background; columns: what it was taken for, the last one: missed
 */
export function confusionOf({ found, truths }: SetMatch, classes: number, threshold: number): number[][] {
  const matrix = Array.from({ length: classes + 1 }, () => new Array<number>(classes + 1).fill(0));
  for (const { truth, by } of truths) {
    if (truth.ignored) continue;
    const column = by && by.found.score >= threshold && by.found.label >= 0 ? by.found.label : classes;
    matrix[truth.label]![column]!++;
  }
  for (const { found: own, truth } of found) {
    if (own.score >= threshold && !truth && own.label >= 0) matrix[classes]![own.label]!++;
  }
  return matrix;
}
