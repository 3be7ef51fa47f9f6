import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import type { TransformerCheckpoint } from './transformer-checkpoint.js';

type Form = Pick<TransformerCheckpoint, 'imageSize' | 'patch' | 'heads' | 'globals'>;

/**
 * BEiT's table of relative positions, [(2 rows - 1)(2 columns - 1) + 3, heads], as tables of full attention: its last three
 * rows are those from the class token to others, from others to it, and from it to itself.
 */
export function denseBias(form: Form, table: NamedArray): NamedArrays {
  const [rows, columns] = gridOf(form);
  const distances = (2 * rows - 1) * (2 * columns - 1);
  const { heads } = form;
  const local = { shape: [distances, heads], data: table.data.slice(0, distances * heads) };
  return { local_relative_position_bias_table: local, ...globalBias(form, table, distances) };
}

/**
 * The same for windows, [(4 window - 1)^2, heads]: distances that the table does not know, as its grid was smaller, have the
 * bias of the farthest that it knows.
 */
export function windowBias(form: Form, table: NamedArray, window: number): NamedArrays {
  const [rows, columns] = gridOf(form);
  const { heads } = form;
  const side = 4 * window - 1;
  const clamp = (distance: number, size: number) => Math.min(Math.max(distance, 1 - size), size - 1);
  const data = new Float32Array(side * side * heads);
  for (let index = 0; index < side * side; index++) {
    const y = clamp(Math.floor(index / side) - (2 * window - 1), rows);
    const x = clamp((index % side) - (2 * window - 1), columns);
    const row = (y + rows - 1) * (2 * columns - 1) + x + columns - 1;
    data.set(table.data.subarray(row * heads, (row + 1) * heads), index * heads);
  }
  const local = { shape: [side * side, heads], data };
  const distances = (2 * rows - 1) * (2 * columns - 1);
  return { local_relative_position_bias_table: local, ...globalBias(form, table, distances) };
}

function globalBias({ heads, globals }: Form, { data }: NamedArray, distances: number): NamedArrays {
  if (globals === 0) return {};
  const row = (number: number) =>
    data.subarray((distances + number) * heads, (distances + number + 1) * heads);
  const repeated = (values: Float32Array, times: number) =>
    Float32Array.from({ length: heads * times }, (_, at) => values[Math.floor(at / times)]!);
  const between = new Float32Array(2 * heads * globals);
  between.set(repeated(row(0), globals));
  between.set(repeated(row(1), globals), heads * globals);
  return {
    g2l_relative_position_bias: { shape: [2, heads, globals], data: between },
    g2g_relative_position_bias: { shape: [heads, globals, globals], data: repeated(row(2), globals ** 2) },
  };
}

function gridOf({ imageSize, patch }: Form): [number, number] {
  return [Math.floor(imageSize[0] / patch), Math.floor(imageSize[1] / patch)];
}
