import type { Rank, Tensor, Tensor2D, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { Interpolation } from './interpolation.js';
import { interpolationMatrix } from './interpolation.js';

/** Rows and columns of a grid of tokens. */
export type Grid = readonly [rows: number, columns: number];

/**
 * Resizes a table of one vector per grid cell to another grid. Made of matrix products with constants, so
 * that it traces and differentiates like any other layer.
 * @param table [1, rows * columns, width] for the grid `from`
 * @returns [1, rows * columns, width] for the grid `to`; the table itself when the grids are equal
 */
export function resizeGridTable(table: Tensor, from: Grid, to: Grid, method: Interpolation): Tensor3D {
  return mapGridTable(table, from, to, (a, b) => tf.tensor2d(interpolationMatrix(a, b, method), [b, a]));
}

/**
 * Fills another grid with copies of a table side by side, the last ones cut off.
 * @param table [1, rows * columns, width] for the grid `from`
 * @returns [1, rows * columns, width] for the grid `to`
 */
export function repeatGridTable(table: Tensor, from: Grid, to: Grid): Tensor3D {
  return mapGridTable(table, from, to, (a, b) => tf.tensor2d(repetitionMatrix(a, b), [b, a]));
}

/** One row for each cell of `to`, with a one at the cell of `from` that it repeats. */
function repetitionMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) matrix[row * from + (row % from)] = 1;
  return matrix;
}

/** Applies a linear map to the rows of a table and another to its columns. */
function mapGridTable(
  table: Tensor,
  from: Grid,
  to: Grid,
  matrix: (from: number, to: number) => Tensor2D,
): Tensor3D {
  const width = table.shape.at(-1)!;
  if (from[0] === to[0] && from[1] === to[1]) return table as Tensor3D;
  const byRow: Tensor2D = tf.reshape(table, [from[0], from[1] * width]);
  const rowsMapped = tf.matMul(matrix(from[0], to[0]), byRow);
  const byColumn: Tensor3D = tf.transpose(tf.reshape(rowsMapped, [to[0], from[1], width]), [1, 0, 2]);
  const bothMapped = tf.matMul(
    matrix(from[1], to[1]),
    tf.reshape<Rank.R2>(byColumn, [from[1], to[0] * width]),
  );
  const rowMajor = tf.transpose(tf.reshape(bothMapped, [to[1], to[0], width]), [1, 0, 2]);
  return tf.reshape(rowMajor, [1, to[0] * to[1], width]);
}
