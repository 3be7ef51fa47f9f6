import { recallThresholds } from '../../boxes/protocol.js';
import type { ImageMatches } from './match-image.js';

/** Precision and recall after each counted detection of a class in all images, best first. */
export interface PrecisionRecall {
  readonly scores: Float64Array;
  /** Objects found, as a share of all. */
  readonly recall: Float64Array;
  /** Detections that are right, as a share of those so far. */
  readonly precision: Float64Array;
  /** Objects that should be found. */
  readonly positives: number;
}

/** Detections of all images in one order. */
interface Ranking {
  /** Falling. */
  readonly scores: Float64Array;
  /** Index of each one's image, and its place there. */
  readonly images: Uint32Array;
  readonly places: Uint32Array;
}

/** Equal scores keep the order of the images, then of the detections: pycocotools sorts stably. */
function rank(images: readonly ImageMatches[], limit: number): Ranking {
  const all = images.flatMap(({ scores }) => scores.slice(0, limit));
  const imageOf = images.flatMap(({ scores }, image) => scores.slice(0, limit).map(() => image));
  const placeOf = images.flatMap(({ scores }) => scores.slice(0, limit).map((_, place) => place));
  const order = Uint32Array.from(all.keys()).sort((a, b) => all[b]! - all[a]! || a - b);
  return {
    scores: Float64Array.from(order, (at) => all[at]!),
    images: order.map((at) => imageOf[at]!),
    places: order.map((at) => placeOf[at]!),
  };
}

/** Walks the ranking at one overlap threshold, given as an index. */
function follow(images: readonly ImageMatches[], ranking: Ranking, threshold: number): PrecisionRecall {
  const { scores } = ranking;
  const positives = images.reduce((sum, image) => sum + image.positives, 0);
  const recall = new Float64Array(scores.length);
  const precision = new Float64Array(scores.length);
  let [right, wrong] = [0, 0];
  for (let index = 0; index < scores.length; index++) {
    const image = images[ranking.images[index]!]!;
    const at = threshold * image.scores.length + ranking.places[index]!;
    if (!image.ignored[at]) {
      if (image.matched[at]) right++;
      else wrong++;
    }
    recall[index] = right / positives;
    precision[index] = right / (right + wrong + Number.EPSILON);
  }
  return { scores, recall, precision, positives };
}

/**
 * Follows precision and recall from the best detection of all images to the worst, once for each overlap threshold.
 * @param limit most detections of one image
 * @param thresholds indices of overlap thresholds
 */
export function followPrecision(
  images: readonly ImageMatches[],
  limit: number,
  thresholds: readonly number[],
): PrecisionRecall[] {
  // The order is the same for all thresholds, and sorting costs more than all walks.
  const ranking = rank(images, limit);
  return thresholds.map((threshold) => follow(images, ranking, threshold));
}

/** The largest precision at this recall or any higher one: what a threshold could reach. */
export function precisionEnvelope(precision: Float64Array): Float64Array {
  const envelope = precision.slice();
  for (let at = envelope.length - 2; at >= 0; at--) envelope[at] = Math.max(envelope[at]!, envelope[at + 1]!);
  return envelope;
}

/** The precision envelope at the 101 recalls 0, 0.01 … 1; 0 for recalls that are not reached. */
export function precisionAtRecalls({ recall, precision }: PrecisionRecall): number[] {
  const envelope = precisionEnvelope(precision);
  let at = 0;
  return recallThresholds.map((threshold) => {
    while (at < recall.length && recall[at]! < threshold) at++;
    return envelope[at] ?? 0;
  });
}

/** Mean of the precision envelope at the 101 recalls. */
export function averagePrecision(curve: PrecisionRecall): number {
  return precisionAtRecalls(curve).reduce((sum, value) => sum + value, 0) / recallThresholds.length;
}
