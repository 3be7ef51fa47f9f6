import { globalQueryBias } from '../../kernels/global-attention.js';
import type { RotaryTables } from '../../kernels/rotary.js';
import type { Rank, Tensor, Tensor2D, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ForwardOptions, Parameters } from '../image-model.js';
import { optionalParameter, parameter } from '../parameters.js';
import { linear } from './linear.js';
import { type Grid, resizeGridTable } from './position-table.js';
import { firstTokensAttention, projections, selfAttention } from './self-attention.js';

/** What a full-attention layer needs beside its weights and tokens. */
export interface FullSelfAttentionSettings {
  readonly heads: number;
  readonly globals: number;
  /** Grid of the local tokens. */
  readonly grid: Grid;
  /** Grid the bias table was made for; the table is interpolated for any other. */
  readonly tableGrid: Grid;
  /** Rotary positions of all tokens. */
  readonly rotary?: RotaryTables;
}

/**
 * Attention of every token to every token with a fused projection and relative position bias: `Attention` of
 * the original.
 *
 * @param prefix of the weights: `<prefix>.qkv`, `.proj`, and with relative positions the three bias tables
 * @param x global tokens, then local ones row-major, [B, G + rows * columns, C]
 */
export function fullSelfAttention(
  parameters: Parameters,
  prefix: string,
  x: Tensor3D,
  settings: FullSelfAttentionSettings,
  capture?: ForwardOptions['capture'],
): Tensor3D {
  const bias = relativePositionBias(parameters, prefix, settings);
  const { heads, globals, rotary } = settings;
  const projected = projections(linear(parameters, `${prefix}.qkv`, x), heads, rotary);
  if (capture && globals > 0) {
    capture('globalAttention', firstTokensAttention(projected, heads, globals, bias));
  }
  return linear(parameters, `${prefix}.proj`, selfAttention(projected, heads, bias));
}

/** [heads, G + N, G + N], or undefined without bias tables. */
function relativePositionBias(
  parameters: Parameters,
  prefix: string,
  { heads, globals, grid, tableGrid }: FullSelfAttentionSettings,
): Tensor3D | undefined {
  const table = optionalParameter<Tensor2D>(parameters, `${prefix}.local_relative_position_bias_table`);
  if (!table) return undefined;
  const local = localBias(table, grid, tableGrid);
  if (globals === 0) return local;
  const [rows, columns] = grid;
  const tables = {
    globalLocalBias: parameter<Tensor3D>(parameters, `${prefix}.g2l_relative_position_bias`),
    globalGlobalBias: parameter<Tensor3D>(parameters, `${prefix}.g2g_relative_position_bias`),
  };
  const globalRows = globalQueryBias(tables, { heads, globals, rows, columns })!;
  const toGlobal: Tensor = tf.reshape(tf.slice(tables.globalLocalBias, 1, 1), [heads, 1, globals]);
  const spread = tf.add<Tensor3D>(toGlobal, tf.zeros([1, rows * columns, 1]));
  const localRows = tf.concat([spread, local], 2);
  return tf.concat([globalRows, localRows], 1);
}

/**
 * Bias between all pairs of local tokens, [heads, N, N].
 *
 * Row distances are looked up first and column distances second: two indices of rows^2 and columns^2 entries
 * instead of one of N^2.
 *
 * @param table [(2 rows - 1)(2 columns - 1), heads], row = (dy + rows - 1)(2 columns - 1) + dx + columns - 1
 */
function localBias(table: Tensor2D, [rows, columns]: Grid, tableGrid: Grid): Tensor3D {
  const heads = table.shape[1];
  const distances = (grid: Grid): Grid => [2 * grid[0] - 1, 2 * grid[1] - 1];
  const resized = resizeGridTable(table, distances(tableGrid), distances([rows, columns]), 'bilinear');
  const byRow = tf.gather(tf.reshape(resized, [2 * rows - 1, -1]), distanceIndex(rows));
  const columnsFirst = tf.transpose(tf.reshape(byRow, [rows * rows, 2 * columns - 1, heads]), [1, 0, 2]);
  const byColumn = tf.gather(tf.reshape(columnsFirst, [2 * columns - 1, -1]), distanceIndex(columns));
  const pairs = tf.reshape<Rank.R5>(byColumn, [columns, columns, rows, rows, heads]);
  return tf.reshape(tf.transpose(pairs, [4, 2, 0, 3, 1]), [heads, rows * columns, rows * columns]);
}

/** query - key + size - 1 for all pairs along an axis, query-major. */
function distanceIndex(size: number): Tensor {
  const index = Int32Array.from({ length: size * size }, (_, pair) => {
    return Math.floor(pair / size) - (pair % size) + size - 1;
  });
  return tf.tensor1d(index, 'int32');
}
