import type { RotaryTables } from '../../kernels/rotary.js';
import { tf } from '../../src/tensor/tensor.js';
import type { RopeConfig } from '../vil-parts.js';
import type { Grid } from './position-table.js';

/**
 * Cosines and sines of rotary positions in two dimensions: a quarter of a head's channels turns with the row, the next
 * quarter with the column, at periods that grow geometrically; channels of the other half are their partners.
 *
 * Positions are those in the whole grid, so that windows see relative ones.
 * @param globals tokens in front of the grid, which are not turned
 * @param headWidth a multiple of 4
 * @returns [globals + rows * columns, headWidth / 2] each
 */
export function rotaryTables(
  rope: RopeConfig,
  [rows, columns]: Grid,
  globals: number,
  headWidth: number,
): RotaryTables {
  const quarter = headWidth / 4;
  const frequencies = Array.from({ length: quarter }, (_, index) => rope.base ** (-index / quarter));
  const tokens = globals + rows * columns;
  const cos = new Float32Array(tokens * 2 * quarter).fill(1, 0, globals * 2 * quarter);
  const sin = new Float32Array(cos.length);
  const [byRow, byColumn] = [coordinates(rope, rows, 0), coordinates(rope, columns, 1)];
  let at = globals * 2 * quarter;
  const put = (coordinate: number) => {
    for (const frequency of frequencies) {
      cos[at] = Math.cos(coordinate * frequency);
      sin[at++] = Math.sin(coordinate * frequency);
    }
  };
  for (const y of byRow) {
    for (const x of byColumn) {
      put(y);
      put(x);
    }
  }
  const shape: [number, number] = [tokens, 2 * quarter];
  return { cos: tf.tensor2d(cos, shape), sin: tf.tensor2d(sin, shape) };
}

function coordinates(
  { coordinates: kind, offset, reference }: RopeConfig,
  size: number,
  axis: 0 | 1,
): number[] {
  const stretch = reference ? reference[axis] / size : 1;
  return Array.from({ length: size }, (_, index) => {
    if (kind === 'centred') return 2 * Math.PI * ((2 * (index + 0.5 + offset)) / size - 1);
    return (index + offset) * stretch;
  });
}
