import type { AnnotationSet } from '../boxes/annotations.js';
import type { Interval } from '../evaluate/bootstrap.js';
import { bootstrapIntervals } from '../evaluate/bootstrap.js';
import { summarisePrecision } from '../evaluate/coco-metrics/coco-metrics.js';
import { joinMatches, matchSet } from '../evaluate/coco-metrics/evaluate-set.js';
import type { ScoreAnswer } from './score-messages.js';

/** Answers of one contender to the test images, one entry a seed. */
export type Answers = readonly Pick<ScoreAnswer, 'found' | 'right'>[];

/** A score with its interval, and how far it is from the first contender's. */
export interface ComparedScore {
  readonly score: number;
  readonly interval?: Interval;
  /** First contender minus this one. */
  readonly difference: number;
  readonly differenceInterval?: Interval;
}

/**
 * Scores contenders on the same images: AP50 with classes as one, or accuracy; means over seeds. Intervals are of the bootstrap over
 * images, the same draws for all contenders, so that those of differences are of pairs.
 * @param set the test images with their labels; of classifiers only their number counts
 */
export function compareScores(
  contenders: readonly Answers[],
  images: number,
  set: AnnotationSet | undefined,
  draws = 1000,
): ComparedScore[] {
  const scorers = contenders.map((answers) => answers.map((answer) => scorerOf(answer, set)));
  const scoreOf = (drawn: readonly number[]) =>
    scorers.map((seeds) => seeds.reduce((sum, score) => sum + score(drawn), 0) / seeds.length);
  const figures = (drawn: readonly number[]) => {
    const scores = scoreOf(drawn);
    return [...scores, ...scores.map((score) => scores[0]! - score)];
  };
  const all = scoreOf(Array.from({ length: images }, (_, at) => at));
  const intervals = bootstrapIntervals(images, figures, { samples: draws });
  return all.map((score, at) => ({
    score,
    interval: intervals[at],
    difference: all[0]! - score,
    differenceInterval: intervals[all.length + at],
  }));
}

function scorerOf(
  { found, right }: Answers[number],
  set: AnnotationSet | undefined,
): (drawn: readonly number[]) => number {
  if (right) return (drawn) => drawn.filter((at) => right[at]).length / drawn.length;
  if (!found || !set) throw new Error('a contender has neither detections nor answers');
  const matches = set.images.map((image, at) =>
    matchSet({ ...set, images: [image] }, [found[at]!], { classAgnostic: true }),
  );
  return (drawn) => {
    const { AP50 } = summarisePrecision(joinMatches(drawn.map((at) => matches[at]!)));
    return AP50 < 0 ? Number.NaN : AP50;
  };
}
