import type { ImageMatches } from './match-image.js';
import { recallThresholds } from './protocol.js';

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

/** A detection among those of all images. */
interface Ranked {
  readonly score: number;
  readonly matched: boolean;
  readonly ignored: boolean;
}

/**
 * Follows precision and recall from the best detection of all images to the worst. Equal scores keep the order of the
 * images, then of the detections: pycocotools sorts stably.
 * @param threshold index of the overlap threshold
 * @param limit most detections of one image
 */
export function followPrecision(
  images: readonly ImageMatches[],
  threshold: number,
  limit: number,
): PrecisionRecall {
  const ranked = images.flatMap(({ scores, matched, ignored }) =>
    scores.slice(0, limit).map((score, index): Ranked => {
      const at = threshold * scores.length + index;
      return { score, matched: matched[at] === 1, ignored: ignored[at] === 1 };
    }),
  );
  ranked.sort((a, b) => b.score - a.score);
  const positives = images.reduce((sum, image) => sum + image.positives, 0);
  const recall = new Float64Array(ranked.length);
  const precision = new Float64Array(ranked.length);
  let [right, wrong] = [0, 0];
  for (const [index, { matched, ignored }] of ranked.entries()) {
    if (!ignored && matched) right++;
    if (!ignored && !matched) wrong++;
    recall[index] = right / positives;
    precision[index] = right / (right + wrong + Number.EPSILON);
  }
  return { scores: Float64Array.from(ranked, ({ score }) => score), recall, precision, positives };
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
