import type { Tensor, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs } from './attention-op.js';
import { type ChunkGrid, SHIFTS } from './chunk-grid.js';
import { MASKED, maskedKeys } from './window-mask.js';

/**
 * A grid of chunks with one more chunk on every side: [B, chunkRows + 2, chunkColumns + 2, heads * w^2 *
 * width].
 */
type SurroundedChunks = Tensor4D;

/**
 * Surrounds the grid of chunks by one ring: zeros, or, where windows are cyclic, the chunks of the opposite
 * side.
 *
 * @param chunks [B * chunkRows * chunkColumns * heads, w^2, width]
 */
export function surround(
  chunks: Tensor3D,
  batch: number,
  { exact }: LongformerAttentionAttrs,
  { chunkRows, chunkColumns }: ChunkGrid,
): SurroundedChunks {
  const grid = tf.reshape(chunks, [batch, chunkRows, chunkColumns, -1]) as Tensor4D;
  if (exact === 'cyclic') return wrap(wrap(grid, 1), 2);
  return tf.pad(grid, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
}

/** Puts the last entry of an axis in front and the first one at the end. */
function wrap(grid: Tensor4D, axis: 1 | 2): Tensor4D {
  const size = grid.shape[axis];
  return tf.concat([cut(grid, axis, size - 1, 1), grid, cut(grid, axis, 0, 1)], axis);
}

function cut(grid: Tensor4D, axis: 1 | 2, begin: number, length: number): Tensor4D {
  const start: [number, number, number, number] = [0, 0, 0, 0];
  const size: [number, number, number, number] = [...grid.shape];
  start[axis] = begin;
  size[axis] = length;
  return tf.slice(grid, start, size);
}

/**
 * Adds the mask to the last channel of keys: 0 where the key may be seen, a large negative number elsewhere.
 */
export function maskKeys(
  keys: SurroundedChunks,
  width: number,
  attrs: LongformerAttentionAttrs,
  grid: ChunkGrid,
): SurroundedChunks {
  const area = attrs.window ** 2;
  const masked = maskedKeys(attrs, grid);
  const mask = new Float32Array(masked.length * width);
  masked.forEach((isMasked, key) => {
    mask[key * width + width - 1] = isMasked ? MASKED : 0;
  });
  const chunks = masked.length / area;
  const perHead = tf.reshape(keys, [-1, chunks, attrs.heads, area, width]);
  return tf.reshape(tf.add(perHead, tf.tensor(mask, [chunks, 1, area, width])), keys.shape);
}

/**
 * The tokens of all nine chunks around each chunk, in the order of `NEIGHBOURHOOD`.
 * Joins along columns first and then rows: six slices instead of nine.
 *
 * @returns [B * chunks * heads, 9 w^2, width]
 */
export function allNeighbours(around: SurroundedChunks, area: number, width: number): Tensor3D {
  const [batch, rows, columns] = [around.shape[0], around.shape[1] - 2, around.shape[2] - 2];
  const strips = join(
    [0, 1, 2].map((right) => cut(around, 2, right, columns)),
    [-1, area, width],
  );
  const wide = tf.reshape(strips, [batch, rows + 2, columns, -1]) as Tensor4D;
  return join(
    [0, 1, 2].map((down) => cut(wide, 1, down, rows)),
    [-1, 3 * area, width],
  );
}

function join(parts: Tensor4D[], shape: [number, number, number]): Tensor3D {
  return tf.concat(
    parts.map((part) => tf.reshape(part, shape)),
    1,
  );
}

/** The tokens of the one chunk at an offset from each chunk: [B * chunks * heads, w^2, width]. */
export function neighbourAt(
  around: SurroundedChunks,
  [down, right]: readonly [number, number],
  area: number,
  width: number,
): Tensor3D {
  const rows = cut(around, 1, 1 + down, around.shape[1] - 2);
  return tf.reshape(cut(rows, 2, 1 + right, around.shape[2] - 2), [-1, area, width]);
}

/**
 * `neighbourAt` for an offset known only when the graph runs: a one-hot [8] over `SHIFTS`. Being one-hot, it
 * splits into one choice of a row and one of a column.
 */
export function shiftedNeighbour(
  around: SurroundedChunks,
  oneHot: Tensor,
  area: number,
  width: number,
): Tensor3D {
  const columns = chooseSlice(around, 2, choiceAlong(oneHot, 1));
  return tf.reshape(chooseSlice(columns, 1, choiceAlong(oneHot, 0)), [-1, area, width]);
}

/** One-hot [3] over the offsets -1, 0, 1 along an axis (0 down, 1 right). */
function choiceAlong(oneHot: Tensor, axis: 0 | 1): Tensor {
  const rows = SHIFTS.map((offset) => [-1, 0, 1].map((step) => (offset[axis] === step ? 1 : 0)));
  return tf.matMul(tf.reshape(oneHot, [1, SHIFTS.length]), tf.tensor2d(rows));
}

function chooseSlice(around: SurroundedChunks, axis: 1 | 2, choice: Tensor): SurroundedChunks {
  const length = around.shape[axis] - 2;
  const terms = [0, 1, 2].map((step) =>
    tf.mul(cut(around, axis, step, length), tf.reshape(tf.slice(choice, [0, step], [1, 1]), [])),
  );
  return tf.add(tf.add(terms[0]!, terms[1]!), terms[2]!);
}

/** Copies of the global tokens for each chunk: [B, heads, G, width] to [B * chunks * heads, G, width]. */
export function repeatPerChunk(globals: Tensor4D, chunks: number): Tensor3D {
  const [batch, heads, count, width] = globals.shape;
  const once = tf.reshape(globals, [batch, 1, heads * count * width]);
  // Adding zeros rather than tiling: the gradient of a tile is one slice per copy, that of an addition one
  // sum.
  return tf.reshape(tf.add(once, tf.zeros([1, chunks, 1])), [-1, count, width]);
}
