import { repeatedIndices } from '../../../datasets/annotations/class-balance.js';
import { epochOrder } from '../../../datasets/batches.js';
import { permutation, randomStream, StreamPurpose } from '../../base/random.js';

/** A window's turn in an epoch. */
export interface WindowTurn {
  /** Index of the window. */
  readonly window: number;
  /** How often it had its turn before, in this epoch. */
  readonly repeat: number;
}

/** Turns of an epoch on average: how often all windows are shown, together. */
export function turnsPerEpoch(factors: readonly number[]): number {
  return Math.floor(factors.reduce((sum, factor) => sum + factor, 0));
}

/**
 * The order in which an epoch shows windows; depends on its arguments alone.
 * @param factors how often to show each window, at least 1; see `repeatFactors`
 */
export function detectionOrder(seed: number, epoch: number, factors: readonly number[]): WindowTurn[] {
  if (factors.every((factor) => factor === 1)) {
    return Array.from(epochOrder(seed, epoch, factors.length), (window) => ({ window, repeat: 0 }));
  }
  const random = randomStream(seed, StreamPurpose.order, epoch);
  const indices = repeatedIndices(factors, random);
  const turns = new Map<number, number>();
  return Array.from(permutation(random, indices.length), (at): WindowTurn => {
    const window = indices[at]!;
    const repeat = turns.get(window) ?? 0;
    turns.set(window, repeat + 1);
    return { window, repeat };
  });
}
