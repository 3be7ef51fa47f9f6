import type { Rank, Tensor, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { type ChunkGrid, chunkGrid, NEIGHBOURHOOD, OWN_CHUNK, visibleOffsets } from './chunk-grid.js';
import {
  allNeighbours,
  maskKeys,
  neighbourAt,
  repeatPerChunk,
  shiftedNeighbour,
  surround,
} from './chunk-neighbourhood.js';
import { denseAttention, splitHeads } from './dense-attention.js';
import { globalAttention } from './global-attention.js';
import { softmaxAttention } from './softmax-attention.js';
import { localQueryBias } from './window-bias.js';
import { gatherWindows } from './window-gather.js';
import type { ChunkMode } from './window-rules.js';

/**
 * `longformerAttention2d` out of standard ops: runs, differentiates and records on any backend.
 *
 * Tokens are cut into chunks of w x w. Per chunk and head one matrix product gives the logits of its queries
 * against the global keys and the chunks around it, [w^2, d] x [d, G + 9w^2]: cost is linear in the tokens.
 * The keys around a chunk are gathered, or cut out of a padded grid of chunks; either way the backward pass
 * has no scatters.
 */
export function windowedAttention(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor3D {
  return tf.tidy(() => {
    const local = attrs.onlyGlobal ? attendToGlobals(inputs, attrs) : attendToWindow(inputs, attrs);
    return attrs.globals === 0 ? local : tf.concat([globalAttention(inputs, attrs), local], 1);
  });
}

function attendToGlobals(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  const [key, value] = [inputs.key, inputs.value].map((x) => globalTokens(x, attrs));
  return denseAttention(inputs.query, key!, value!, attrs.heads);
}

function attendToWindow(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  const grid = chunkGrid(attrs);
  const area = attrs.window ** 2;
  const [batch, , channels] = inputs.query.shape;
  const width = channels / attrs.heads;

  // The mask of padded keys depends on the key alone, so it takes part in the matrix product as one more
  // channel: 1 in every query, 0 or a large negative number in a key. That saves a pass over the logits.
  const queries = tf.pad(flatChunks(tf.mul(inputs.query, width ** -0.5), attrs, grid), ON_LAST_AXIS, 1);
  const keys = windowTokens(inputs.key, inputs.randomShift, attrs, grid, { isKey: true });
  const values = windowTokens(inputs.value, inputs.randomShift, attrs, grid, { isKey: false });

  const perHead = (x: Tensor3D) => tf.reshape<Rank.R4>(x, [-1, attrs.heads, x.shape[1], x.shape[2]]);
  const bias = localQueryBias(inputs, attrs);
  const context = softmaxAttention(perHead(queries), perHead(keys), perHead(values), bias);
  return joinChunks(tf.reshape(context, [-1, area, width]), batch, attrs, grid);
}

const ON_LAST_AXIS: [number, number][] = [
  [0, 0],
  [0, 0],
  [0, 1],
];

/**
 * Cuts local tokens [B, rows * columns, C] into chunks, padding with zeros at the bottom and the right.
 *
 * @returns [B * chunks * heads, w^2, d]
 */
function flatChunks(x: Tensor3D, attrs: LongformerAttentionAttrs, grid: ChunkGrid): Tensor3D {
  const { rows, columns, heads, window } = attrs;
  const [batch, , channels] = x.shape;
  const width = channels / heads;
  let image = tf.reshape(x, [batch, rows, columns, channels]) as Tensor4D;
  if (grid.paddedRows > rows || grid.paddedColumns > columns) {
    image = tf.pad(image, [
      [0, 0],
      [0, grid.paddedRows - rows],
      [0, grid.paddedColumns - columns],
      [0, 0],
    ]);
  }
  const strips = [batch * grid.chunkRows, window, grid.chunkColumns, window, heads, width];
  const chunks = tf.transpose(tf.reshape(image, strips), [0, 2, 4, 1, 3, 5]);
  return tf.reshape(chunks, [-1, window * window, width]);
}

/** Inverse of `flatChunks`: [B * chunks * heads, w^2, d] to [B, rows * columns, C], dropping the padding. */
function joinChunks(x: Tensor3D, batch: number, attrs: LongformerAttentionAttrs, grid: ChunkGrid): Tensor3D {
  const { rows, columns, heads, window } = attrs;
  const width = x.shape[2];
  const chunks = [batch * grid.chunkRows, grid.chunkColumns, heads, window, window, width];
  const strips = tf.transpose(tf.reshape(x, chunks), [0, 3, 1, 4, 2, 5]);
  const image = tf.reshape(strips, [batch, grid.paddedRows, grid.paddedColumns, heads * width]);
  const cropped = tf.slice(image, [0, 0, 0, 0], [batch, rows, columns, heads * width]);
  return tf.reshape(cropped, [batch, rows * columns, heads * width]);
}

/**
 * Keys or values each chunk's queries see: the global ones, then those of the visible chunks around it.
 *
 * @param x [B, G + rows * columns, C]
 * @returns [B * chunks * heads, G + visible * w^2, d], keys with one more channel for the mask
 */
function windowTokens(
  x: Tensor3D,
  randomShift: Tensor | undefined,
  attrs: LongformerAttentionAttrs,
  grid: ChunkGrid,
  { isKey }: { isKey: boolean },
): Tensor3D {
  const { globals, rows, columns, heads, mode } = attrs;
  // Cyclic windows see padding as keys, which have no row to gather.
  if (mode === 'all' && attrs.exact !== 'cyclic' && !randomShift)
    return gatherWindows(x, attrs, grid, { isKey });
  const [batch, , channels] = x.shape;
  const area = attrs.window ** 2;
  const local = tf.slice(x, [0, globals, 0], [batch, rows * columns, channels]);
  const widen = (t: Tensor3D) => (isKey ? tf.pad(t, ON_LAST_AXIS) : t);
  const chunks = widen(flatChunks(local, attrs, grid));
  const width = chunks.shape[2];
  const surrounded = surround(chunks, batch, attrs, grid);
  const around = isKey ? maskKeys(surrounded, width, attrs, grid) : surrounded;
  const seen = visibleTokens(around, randomShift, mode, area, width);
  if (globals === 0) return tf.concat(seen, 1);
  const shared = repeatPerChunk(
    splitHeads(globalTokens(x, attrs), heads),
    grid.chunkRows * grid.chunkColumns,
  );
  return tf.concat([widen(shared), ...seen], 1);
}

function visibleTokens(
  around: Tensor4D,
  randomShift: Tensor | undefined,
  mode: ChunkMode,
  area: number,
  width: number,
): Tensor3D[] {
  if (randomShift) {
    const own = neighbourAt(around, NEIGHBOURHOOD[OWN_CHUNK]!, area, width);
    return [own, shiftedNeighbour(around, randomShift, area, width)];
  }
  if (mode === 'all') return [allNeighbours(around, area, width)];
  return visibleOffsets(mode).map((offset) => neighbourAt(around, offset, area, width));
}

function globalTokens(x: Tensor3D, { globals }: LongformerAttentionAttrs): Tensor3D {
  return tf.slice(x, [0, 0, 0], [x.shape[0], globals, x.shape[2]]);
}
