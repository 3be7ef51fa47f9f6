import type { Random } from '../base/random.js';
import { integer } from '../base/random.js';

/** Drop rate of each block: from 0 at the first to `rate` at the last, linearly. */
export function blockDropRates(blocks: number, rate: number): number[] {
  return Array.from({ length: blocks }, (_, block) => (blocks === 1 ? 0 : (rate * block) / (blocks - 1)));
}

/**
 * Stochastic depth (Huang et al. 2016): for each block, half and sample the factor of the residual branch.
 * @param rate drop rate of the last block, in [0, 1)
 * @returns [blocks, 2, batch]: 0, or 1 / (1 - rate of the block)
 */
export function drawDropPath(random: Random, blocks: number, batch: number, rate: number): Float32Array {
  const rates = blockDropRates(blocks, rate);
  const factors = new Float32Array(blocks * 2 * batch);
  for (let index = 0; index < factors.length; index++) {
    const blockRate = rates[Math.floor(index / (2 * batch))]!;
    factors[index] = random() < blockRate ? 0 : 1 / (1 - blockRate);
  }
  return factors;
}

/**
 * Random-shift training (the paper's mode 1 to 8): each block sees its own chunk and one of the eight neighbours.
 * @returns [blocks, 8], one-hot rows
 */
export function drawRandomShift(random: Random, blocks: number): Float32Array {
  const choice = new Float32Array(blocks * 8);
  for (let block = 0; block < blocks; block++) choice[block * 8 + integer(random, 8)] = 1;
  return choice;
}
