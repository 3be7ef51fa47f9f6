import { integer, randomStream, StreamPurpose } from '../base/random.js';

/** Between which values a figure lies with a probability of 95 %. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Sets that are drawn. */
  readonly samples?: number;
  /** The same seed draws the same sets. */
  readonly seed?: number;
}

const level = 0.95;

/**
 * 95 % intervals of figures of a set of images: the figures of sets of as many images, drawn from it with replacement, and
 * between which values the middle 95 % of them lie (the percentile bootstrap; Efron 1979). The images are what is drawn, as
 * objects of one image are not independent of each other. It says how far chance in the choice of the images goes, and
 * nothing of images of another kind; with fewer than ten images it is too narrow.
 * @param images how many there are
 * @param figures figures of a set, given as indices of images, which may be repeated; NaN where a set has none: it is left out
 * @returns an interval a figure, in their order; undefined where no set drawn has the figure
 */
export function bootstrapIntervals(
  images: number,
  figures: (drawn: readonly number[]) => readonly number[],
  { samples = 1000, seed = 1 }: BootstrapOptions = {},
): (Interval | undefined)[] {
  const random = randomStream(seed, StreamPurpose.resample);
  const rows = Array.from({ length: samples }, () =>
    figures(Array.from({ length: images }, () => integer(random, images))),
  );
  return (rows[0] ?? []).map((_, column) => percentiles(rows.map((row) => row[column]!)));
}

function percentiles(values: readonly number[]): Interval | undefined {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const tail = (1 - level) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Linear between the two nearest ranks. */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const [below, above] = [Math.floor(position), Math.ceil(position)];
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
