import type { Random } from '../../src/base/random.js';

/**
 * How often to show each window in an epoch so that rare classes are seen more: repeat factor sampling (Gupta
 * et al., LVIS, 2019, appendix B.2). A class in a share f of the windows gets r = max(1, sqrt(threshold /
 * f)); a window the largest r of its classes, 1 without objects.
 * @param labels of the objects of each window
 * @param threshold share below which a class counts as rare; LVIS uses 0.001, sets of few classes need more
 */
export function repeatFactors(labels: readonly (readonly number[])[], threshold: number): number[] {
  const windowsWith = new Map<number, number>();
  for (const present of labels) {
    for (const label of new Set(present)) windowsWith.set(label, (windowsWith.get(label) ?? 0) + 1);
  }
  const factorOf = (label: number) => Math.sqrt((threshold * labels.length) / windowsWith.get(label)!);
  return labels.map((present) => present.reduce((most, label) => Math.max(most, factorOf(label)), 1));
}

/**
 * Indices of one epoch: each as often as the integer part of its factor, and once more with a probability of
 * the fractional part. In order; the caller shuffles.
 */
export function repeatedIndices(factors: readonly number[], random: Random): number[] {
  return factors.flatMap((factor, index) => {
    const whole = Math.floor(factor);
    return new Array<number>(whole + (random() < factor - whole ? 1 : 0)).fill(index);
  });
}
