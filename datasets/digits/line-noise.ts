import type { Random } from '../../src/base/random.js';
import { integer, permutation, uniform } from '../../src/base/random.js';
import { digitSide } from './mnist.js';

/** How many different patterns a split has. */
export const noisePatterns = 50;

/**
 * The noise of Megapixel MNIST (Katharopoulos and Fleuret 2019): patches of two straight lines each, one
 * pixel thick.
 *
 * A line leaves the top left corner at tan(U pi / 2.5) and stops at the border. Each pattern lays two lines
 * of the pool over each other, the second mirrored along each axis with probability 0.33; ink is U(0.8, 1) at
 * every pixel.
 *
 * @returns 50 patches of [28, 28], 0 to 255
 */
export function lineNoise(random: Random): Uint8Array[] {
  const lines = Array.from({ length: noisePatterns }, () => line(Math.tan((random() * Math.PI) / 2.5)));
  const order = permutation(random, noisePatterns);
  return lines.map((first, index) => {
    const flipsX = random() < 0.33;
    const flipsY = random() < 0.33;
    return inked(first, lines[order[index]!]!, flipsX, flipsY, random);
  });
}

/** Pixels of a line from the corner, in a patch of [28, 28]. */
function line(slope: number): boolean[] {
  const end = digitSide - 0.51;
  const length = Math.min(end, end / slope);
  const steps = 2 * digitSide;
  const pixels = new Array<boolean>(digitSide ** 2).fill(false);
  for (let step = 0; step < steps; step++) {
    const x = (length * step) / (steps - 1);
    pixels[Math.round(x) * digitSide + Math.round(slope * x)] = true;
  }
  return pixels;
}

function inked(
  first: readonly boolean[],
  second: readonly boolean[],
  flipsX: boolean,
  flipsY: boolean,
  random: Random,
): Uint8Array {
  const patch = new Uint8Array(digitSide ** 2);
  for (let row = 0; row < digitSide; row++) {
    for (let column = 0; column < digitSide; column++) {
      const at = row * digitSide + column;
      const mirroredRow = flipsY ? digitSide - 1 - row : row;
      const mirroredColumn = flipsX ? digitSide - 1 - column : column;
      const isInk = first[at]! || second[mirroredRow * digitSide + mirroredColumn]!;
      patch[at] = isInk ? Math.floor(255 * uniform(random, 0.8, 1)) : 0;
    }
  }
  return patch;
}

/** Which pattern a patch shows. */
export function drawPattern(random: Random): number {
  return integer(random, noisePatterns);
}
