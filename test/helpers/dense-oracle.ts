import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../../kernels/attention-op.js';
import { globalQueryBias } from '../../kernels/global-attention.js';
import { type ChunkMode, NEIGHBOURS } from '../../kernels/window-rules.js';
import type { Tensor, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

/**
 * The definition of `longformerAttention2d` as masked dense attention, for tests: every query against every key,
 * quadratic in the tokens, never optimised. Written from the rules of the paper and the original's masks and not from the
 * windowed composition, so that each can find the other's mistakes.
 *
 * A cyclic window (exact "cyclic") may reach the same key from several sides, each time with another bias. The dense
 * matrix therefore has one block of columns for each of the nine offsets. `randomShift` must hold a one-hot.
 */
export function denseOracle(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  return tf.tidy(() => {
    const mode = inputs.randomShift ? NEIGHBOURS[inputs.randomShift.dataSync().indexOf(1)]! : attrs.mode;
    const local = localQueries(inputs, { ...attrs, mode });
    if (attrs.globals === 0) return local;
    const bias = globalQueryBias(inputs, attrs);
    const global = attend(inputs.queryGlobal!, inputs.keyGlobal!, inputs.valueGlobal!, attrs.heads, bias);
    return tf.concat([global, local], 1);
  });
}

/** A pair of tokens that may meet, and the row of the bias table that is added. */
interface Pair {
  readonly isVisible: boolean;
  readonly biasRow: number;
}

function localQueries(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  const { globals, heads } = attrs;
  const keys = withPaddedCopies(inputs.key, attrs);
  const values = withPaddedCopies(inputs.value, attrs);
  const queries = inputs.query.shape[1];
  const pairs = attrs.onlyGlobal ? [] : allPairs(attrs);
  const mask = tf.reshape(
    pairs.map(({ isVisible }) => (isVisible ? 0 : -1e9)),
    [1, queries, pairs.length / queries],
  );
  let local: Tensor = mask;
  if (inputs.localBias && !attrs.onlyGlobal) {
    const rows = tf.tensor1d(
      pairs.map(({ biasRow }) => biasRow),
      'int32',
    );
    const bias = tf.transpose(tf.reshape(tf.gather(inputs.localBias, rows), [queries, -1, heads]), [2, 0, 1]);
    local = tf.add(bias, mask);
  }
  const toGlobal = tf.zeros([local.shape[0]!, queries, globals]);
  const hasGlobalBias = inputs.globalLocalBias && globals > 0 && !attrs.onlyGlobal;
  const global = hasGlobalBias
    ? tf.add(toGlobal, tf.reshape(tf.slice(inputs.globalLocalBias, 1, 1), [heads, 1, globals]))
    : toGlobal;
  return attend(inputs.query, keys, values, heads, tf.concat([global, local], 2));
}

/** Plain multi-head attention; bias [heads or 1, Q, N]. */
function attend(query: Tensor3D, key: Tensor3D, value: Tensor3D, heads: number, bias?: Tensor): Tensor3D {
  const width = query.shape[2] / heads;
  const perHead = Array.from({ length: heads }, (_, head) => {
    const [q, k, v] = [query, key, value].map((x) =>
      tf.slice(x, [0, 0, head * width], [x.shape[0], x.shape[1]!, width]),
    );
    const logits = tf.div(tf.matMul(q!, k!, false, true), Math.sqrt(width));
    const headBias = bias && tf.slice(bias, Math.min(head, bias.shape[0]! - 1), 1);
    return tf.matMul(tf.softmax(headBias ? tf.add(logits, headBias) : logits), v!);
  });
  return tf.concat(perHead, 2) as Tensor3D;
}

/** Global tokens, then one copy for each offset of the local tokens padded with zeros to whole chunks. */
function withPaddedCopies(x: Tensor3D, attrs: LongformerAttentionAttrs): Tensor3D {
  const { globals, rows, columns, window } = attrs;
  const [batch, , channels] = x.shape;
  const global = tf.slice(x, [0, 0, 0], [batch, globals, channels]);
  if (attrs.onlyGlobal) return global;
  const local = tf.slice(x, [0, globals, 0], [batch, rows * columns, channels]);
  const padded = tf.pad(tf.reshape(local, [batch, rows, columns, channels]), [
    [0, 0],
    [0, roundUp(rows, window) - rows],
    [0, roundUp(columns, window) - columns],
    [0, 0],
  ]);
  const flat = tf.reshape(padded, [batch, -1, channels]);
  return tf.concat([global, ...OFFSETS.map(() => flat)], 1) as Tensor3D;
}

/** Row-major over [rows * columns queries, offsets x padded keys]. */
function allPairs(attrs: LongformerAttentionAttrs): Pair[] {
  const { rows, columns, window } = attrs;
  const pairs: Pair[] = [];
  for (let yq = 0; yq < rows; yq++) {
    for (let xq = 0; xq < columns; xq++) {
      for (const offset of OFFSETS) {
        for (let yk = 0; yk < roundUp(rows, window); yk++) {
          for (let xk = 0; xk < roundUp(columns, window); xk++) {
            const isChosen = isOffsetInMode(offset, attrs.mode);
            const pair = pairAt([yq, xq], [yk, xk], offset, attrs);
            pairs.push({ ...pair, isVisible: isChosen && pair.isVisible });
          }
        }
      }
    }
  }
  return pairs;
}

const STEPS = [-1, 0, 1] as const;
const OFFSETS = STEPS.flatMap((down) => STEPS.map((right) => [down, right] as const));

/** Whether a mode lets a query see the chunk at an offset. */
function isOffsetInMode([down, right]: readonly [number, number], mode: ChunkMode): boolean {
  if (mode === 'all' || (down === 0 && right === 0)) return true;
  const words = mode.split(' ');
  const side = (before: string, after: string) =>
    Number(words.includes(after)) - Number(words.includes(before));
  return mode !== 'own' && down === side('top', 'bottom') && right === side('left', 'right');
}

type Point = readonly [row: number, column: number];

/** The rules for one query and one key, the key looked for in the chunk at `offset` from the query's. */
function pairAt(query: Point, key: Point, offset: Point, attrs: LongformerAttentionAttrs): Pair {
  const row = alongAxis(query[0], key[0], offset[0], attrs.rows, attrs);
  const column = alongAxis(query[1], key[1], offset[1], attrs.columns, attrs);
  if (!row.isThere || !column.isThere) return { isVisible: false, biasRow: 0 };
  const w = attrs.window;
  return {
    isVisible: !row.isMasked && !column.isMasked,
    biasRow: (row.distance + 2 * w - 1) * (4 * w - 1) + column.distance + 2 * w - 1,
  };
}

function alongAxis(query: number, key: number, step: number, size: number, attrs: LongformerAttentionAttrs) {
  const { window, exact } = attrs;
  const chunks = Math.ceil(size / window);
  const nominalChunk = Math.floor(query / window) + step;
  const isThere = Math.floor(key / window) === (nominalChunk + chunks) % chunks;
  const distance = query - (nominalChunk * window + (key % window));
  const isPadding = key >= size;
  // The original's cyclic mask compares the chunk before wrapping, and so misses the padding it wraps to.
  if (exact === 'cyclic') return { isThere, distance, isMasked: isPadding && nominalChunk === chunks - 1 };
  const isOutside = nominalChunk < 0 || nominalChunk >= chunks || isPadding;
  return { isThere, distance, isMasked: isOutside || (exact === 'distance' && Math.abs(distance) > window) };
}

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}
