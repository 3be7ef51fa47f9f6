import type { Interval } from '../evaluate/bootstrap.js';

/** How one contender's score differs from the windowed model's on the same images. */
export interface Difference {
  /** What the other one is called. */
  readonly title: string;
  /** Windowed minus other. */
  readonly difference: number;
  readonly interval?: Interval;
}

/** Fewer images than these do not show how much chance there is. */
const fewImages = 10;

/**
 * What the figures allow to say, in sentences: a difference only where its 95 % interval leaves out nought.
 * @param measure e.g. `AP50`
 */
export function statement(
  measure: string,
  differences: readonly Difference[],
  { images, seeds }: { readonly images: number; readonly seeds: number },
): string {
  const sentences = differences.map(({ title, difference, interval }) => {
    if (!interval) return `Against ${title} nothing can be said.`;
    const range = `95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;
    if (interval.low > 0)
      return `The windowed model has ${signed(difference)} ${measure} against ${title} (${range}).`;
    if (interval.high < 0)
      return `${title} does better: the windowed model has ${signed(difference)} ${measure} against it (${range}).`;
    return `The figures do not tell the windowed model from ${title}: ${signed(difference)} ${measure} (${range}).`;
  });
  const limits = [
    images < fewImages
      ? `${images} test images are too few for these intervals to be wide enough.`
      : undefined,
    seeds === 1
      ? 'One seed each: intervals are of the choice of images, and say nothing of how much a training varies.'
      : `Scores are means of ${seeds} seeds; intervals are of the choice of images.`,
  ];
  return [...sentences, ...limits.filter((text) => text !== undefined)].join(' ');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
