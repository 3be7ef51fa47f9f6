import { digitSide } from './mnist.js';

/**
 * Brings a digit to another size: bilinear upwards, and downwards the same with the filter widened, so that
 * every pixel counts. Written out because it runs for each digit of an image in turn, where a call of an
 * image library would cost more than the image.
 *
 * @param digit [28, 28]
 * @returns [side, side]; the digit itself when that is 28
 */
export function scaleDigit(digit: Uint8Array, side: number): Uint8Array {
  if (side === digitSide) return digit;
  const weights = filterOf(side);
  const rows = new Float32Array(side * digitSide);
  for (let row = 0; row < side; row++) {
    for (const [from, weight] of weights[row]!) {
      for (let column = 0; column < digitSide; column++) {
        rows[row * digitSide + column]! += weight * digit[from * digitSide + column]!;
      }
    }
  }
  const scaled = new Uint8Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (const [from, weight] of weights[column]!) sum += weight * rows[row * digitSide + from]!;
      scaled[row * side + column] = Math.round(sum);
    }
  }
  return scaled;
}

type Taps = readonly (readonly [from: number, weight: number])[];
const filters = new Map<number, readonly Taps[]>();

/** For each output pixel, the input pixels it is made of; weights add up to 1. */
function filterOf(side: number): readonly Taps[] {
  const known = filters.get(side);
  if (known) return known;
  const ratio = digitSide / side;
  const reach = Math.max(1, ratio);
  const taps = Array.from({ length: side }, (_, to): Taps => {
    const centre = (to + 0.5) * ratio - 0.5;
    const weights = Array.from({ length: digitSide }, (_, from) =>
      Math.max(0, 1 - Math.abs(from - centre) / reach),
    );
    const total = weights.reduce((sum, weight) => sum + weight);
    return [...weights.entries()]
      .filter(([, weight]) => weight > 0)
      .map(([from, weight]) => [from, weight / total] as const);
  });
  filters.set(side, taps);
  return taps;
}
