import type { BootstrapOptions } from '../../evaluate/bootstrap.js';

/** With fewer than a hundred sets the ends of an interval are chance. */
const [usual, least] = [1000, 100];

/** Images that all sets drawn have together, for which intervals take some seconds. */
const affordable = 100_000;

/**
 * How many sets are drawn for intervals.
 * @param asked what the user says; 0: none
 * @returns undefined for none
 */
export function intervalDraws(asked: number | undefined, images: number): BootstrapOptions | undefined {
  const samples = asked ?? Math.min(usual, Math.floor(affordable / images));
  return samples === 0 || (asked === undefined && samples < least) ? undefined : { samples };
}
