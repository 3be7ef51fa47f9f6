import type { Tensor, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs } from './attention-op.js';
import { type ChunkGrid, NEIGHBOURHOOD } from './chunk-grid.js';
import { MASKED } from './window-mask.js';

/**
 * Keys or values each chunk's queries see, gathered token by token: the global ones, then all nine chunks
 * around it. For mode "all" with windows that are not cyclic.
 *
 * Its gradient also gathers instead of scattering, since at most nine chunks see a local token.
 *
 * @param x [B, G + rows * columns, heads x d]
 * @param isKey adds a channel that holds a large negative number for keys outside the image, and 0 for all
 * others
 * @returns [B * chunks * heads, G + 9 w^2, d or d + 1]
 */
export function gatherWindows(
  x: Tensor3D,
  attrs: LongformerAttentionAttrs,
  grid: ChunkGrid,
  { isKey }: { isKey: boolean },
): Tensor3D {
  const gather = tf.customGrad((input) => ({
    value: forward(input as Tensor3D, attrs, grid, isKey),
    gradFunc: (dy: Tensor) => backward(dy, x.shape, attrs, grid),
  }));
  return gather(x) as Tensor3D;
}

function forward(x: Tensor3D, attrs: LongformerAttentionAttrs, grid: ChunkGrid, isKey: boolean): Tensor3D {
  const [batch, tokens, channels] = x.shape;
  const width = channels / attrs.heads;
  const rows = tf.reshape(x, [batch, tokens * attrs.heads, width]) as Tensor3D;
  const paddings: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, 1],
  ];
  const widened = isKey ? tf.pad(rows, paddings) : rows;
  const outside = new Float32Array(widened.shape[2]);
  if (isKey) outside[width] = MASKED;
  const outsideRow = tf.add(tf.tensor3d(outside, [1, 1, outside.length]), tf.zeros([batch, 1, 1]));
  const indices = tf.tensor1d(windowIndices(attrs, grid), 'int32');
  const gathered = tf.gather(tf.concat([widened, outsideRow], 1), indices, 1);
  return tf.reshape(gathered, [-1, keysPerChunk(attrs), outside.length]);
}

function backward(
  dy: Tensor,
  [batch, tokens, channels]: readonly number[],
  attrs: LongformerAttentionAttrs,
  grid: ChunkGrid,
): Tensor3D {
  const { heads, globals, rows, columns } = attrs;
  const width = dy.shape[2]!;
  const flat = tf.reshape(dy, [batch!, -1, width]);
  const sightings = tf.gather(flat, tf.tensor1d(sightingIndices(attrs, grid), 'int32'), 1);
  const perSighting = [batch!, rows * columns * heads, NEIGHBOURHOOD.length, width];
  const local = tf.sum(tf.reshape(sightings, perSighting), 2);
  const parts = globals > 0 ? [globalGradient(dy, batch!, attrs), local] : [local];
  const all = tf.concat(parts, 1) as Tensor3D;
  const headWidth = channels! / heads;
  const cut = width === headWidth ? all : tf.slice(all, [0, 0, 0], [batch!, tokens! * heads, headWidth]);
  return tf.reshape(cut, [batch!, tokens!, channels!]);
}

/** Global tokens are seen from every chunk: [B, G * heads, width]. */
function globalGradient(dy: Tensor, batch: number, { heads, globals }: LongformerAttentionAttrs): Tensor {
  const width = dy.shape[2]!;
  const first = tf.slice(dy, [0, 0, 0], [dy.shape[0]!, globals, width]);
  const perChunk = tf.reshape(first, [batch, -1, heads, globals * width]);
  const summed = tf.reshape(tf.sum(perChunk, 1), [batch, heads, globals, width]);
  return tf.reshape(tf.transpose(summed, [0, 2, 1, 3]), [batch, globals * heads, width]);
}

function keysPerChunk({ globals, window }: LongformerAttentionAttrs): number {
  return globals + NEIGHBOURHOOD.length * window ** 2;
}

/** Row of [tokens x heads, and one for everything outside] behind each key, over [chunks, heads, keys]. */
function windowIndices(attrs: LongformerAttentionAttrs, grid: ChunkGrid): Int32Array {
  const { heads, globals, rows, columns, window } = attrs;
  const outside = (globals + rows * columns) * heads;
  const indices = new Int32Array(grid.chunkRows * grid.chunkColumns * heads * keysPerChunk(attrs));
  let at = 0;
  const putKeys = (chunkRow: number, chunkColumn: number, head: number) => {
    for (let token = 0; token < globals; token++) indices[at++] = token * heads + head;
    for (const [down, right] of NEIGHBOURHOOD) {
      const [top, left] = [(chunkRow + down) * window, (chunkColumn + right) * window];
      for (let y = top; y < top + window; y++) {
        for (let x = left; x < left + window; x++) {
          const isInside = y >= 0 && y < rows && x >= 0 && x < columns;
          indices[at++] = isInside ? (globals + y * columns + x) * heads + head : outside;
        }
      }
    }
  };
  forEachChunkHead(attrs, grid, putKeys);
  return indices;
}

/** Position among [chunks, heads, keys] of each sighting of a local token, over [tokens, heads, 9]. */
function sightingIndices(attrs: LongformerAttentionAttrs, grid: ChunkGrid): Int32Array {
  const { heads, globals, rows, columns, window } = attrs;
  const keys = keysPerChunk(attrs);
  const indices = new Int32Array(rows * columns * heads * NEIGHBOURHOOD.length);
  let at = 0;
  for (let token = 0; token < rows * columns; token++) {
    const [y, x] = [Math.floor(token / columns), token % columns];
    const inChunk = (y % window) * window + (x % window);
    for (let head = 0; head < heads; head++) {
      for (const [neighbour, [down, right]] of NEIGHBOURHOOD.entries()) {
        const chunkRow = Math.floor(y / window) - down;
        const chunkColumn = Math.floor(x / window) - right;
        const isChunk =
          chunkRow >= 0 && chunkRow < grid.chunkRows && chunkColumn >= 0 && chunkColumn < grid.chunkColumns;
        // Where there is no chunk: the first key that the first chunk sees, above and left of the image. Its
        // gradient is 0.
        const chunk = isChunk ? chunkRow * grid.chunkColumns + chunkColumn : 0;
        const key = isChunk ? globals + neighbour * window ** 2 + inChunk : globals;
        indices[at++] = (chunk * heads + head) * keys + key;
      }
    }
  }
  return indices;
}

function forEachChunkHead(
  { heads }: LongformerAttentionAttrs,
  { chunkRows, chunkColumns }: ChunkGrid,
  visit: (chunkRow: number, chunkColumn: number, head: number) => void,
): void {
  for (let row = 0; row < chunkRows; row++) {
    for (let column = 0; column < chunkColumns; column++) {
      for (let head = 0; head < heads; head++) visit(row, column, head);
    }
  }
}
