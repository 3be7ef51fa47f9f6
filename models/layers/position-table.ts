import type { Rank, Tensor, Tensor2D, Tensor3D } from '../../src/engine/tensor.js';
import { tf } from '../../src/engine/tensor.js';
import type { Interpolation } from './interpolation.js';
import { interpolationMatrix } from './interpolation.js';

/** Rows and columns of a grid of tokens. */
export type Grid = readonly [rows: number, columns: number];

/**
 * Resizes a table of one vector per grid cell to another grid. Made of matrix products with constants, so that it
 * traces and differentiates like any other layer.
 * @param table [1, rows * columns, width] for the grid `from`
 * @returns [1, rows * columns, width] for the grid `to`; the table itself when the grids are equal
 */
export function resizeGridTable(table: Tensor, from: Grid, to: Grid, method: Interpolation): Tensor3D {
  const width = table.shape.at(-1)!;
  if (from[0] === to[0] && from[1] === to[1]) return table as Tensor3D;
  const byRow: Tensor2D = tf.reshape(table, [from[0], from[1] * width]);
  const rowsResized = tf.matMul(resizer(from[0], to[0], method), byRow);
  const byColumn: Tensor3D = tf.transpose(tf.reshape(rowsResized, [to[0], from[1], width]), [1, 0, 2]);
  const bothResized = tf.matMul(
    resizer(from[1], to[1], method),
    tf.reshape<Rank.R2>(byColumn, [from[1], to[0] * width]),
  );
  const rowMajor = tf.transpose(tf.reshape(bothResized, [to[1], to[0], width]), [1, 0, 2]);
  return tf.reshape(rowMajor, [1, to[0] * to[1], width]);
}

function resizer(from: number, to: number, method: Interpolation): Tensor2D {
  return tf.tensor2d(interpolationMatrix(from, to, method), [to, from]);
}
