import type { Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { NEIGHBOURHOOD, visibleOffsets } from './chunk-grid.js';
import { denseAttention } from './dense-attention.js';
import { MASKED } from './window-mask.js';

/**
 * Up to this many times the keys of a window, multiplying every pair of tokens and masking most of them is
 * faster than gathering each chunk's keys.
 */
const tokensPerWindowKey = 2;

/**
 * Whether dense attention under a mask is the faster form of the op: on small grids, where the 3x3 chunks
 * cover a large part of the image. The bound is a multiple of the window, so cost stays linear in the tokens.
 */
export function prefersMaskedAttention(
  { localBias, randomShift }: LongformerAttentionInputs,
  { rows, columns, window, exact, onlyGlobal }: LongformerAttentionAttrs,
): boolean {
  const isSmall = rows * columns <= tokensPerWindowKey * NEIGHBOURHOOD.length * window ** 2;
  // Cyclic windows may show a key twice; relative bias would have to be gathered for every pair.
  return isSmall && exact !== 'cyclic' && !onlyGlobal && localBias === undefined && randomShift === undefined;
}

/**
 * `longformerAttention2d` as one dense attention under a mask. For inputs that `prefersMaskedAttention`
 * accepts.
 * @returns [B, G + rows * columns, C], global tokens first
 */
export function maskedAttention(
  { query, key, value, queryGlobal, keyGlobal, valueGlobal }: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor3D {
  return tf.tidy(() => {
    const mask = visibilityMask(attrs);
    if (queryGlobal === undefined) return denseAttention(query, key, value, attrs.heads, mask);
    if (keyGlobal === key && valueGlobal === value) {
      // Shared projections: the global queries are more rows of the same attention, with nothing masked.
      const queries = tf.concat([queryGlobal, query], 1) as Tensor3D;
      const everything = tf.pad(mask, [
        [attrs.globals, 0],
        [0, 0],
      ]);
      return denseAttention(queries, key, value, attrs.heads, everything);
    }
    const global = denseAttention(queryGlobal, keyGlobal!, valueGlobal!, attrs.heads);
    return tf.concat([global, denseAttention(query, key, value, attrs.heads, mask)], 1) as Tensor3D;
  });
}

/**
 * 0 where a local query may see a key, a large negative number elsewhere: [rows * columns, G + rows *
 * columns].
 */
function visibilityMask(attrs: LongformerAttentionAttrs) {
  const { rows, columns, globals } = attrs;
  const tokens = rows * columns;
  const width = globals + tokens;
  const mask = new Float32Array(tokens * width);
  const isVisible = visibility(attrs);
  for (let query = 0; query < tokens; query++) {
    for (let key = 0; key < tokens; key++) {
      if (!isVisible(query, key)) mask[query * width + globals + key] = MASKED;
    }
  }
  return tf.tensor2d(mask, [tokens, width]);
}

function visibility({ columns, window, exact, mode }: LongformerAttentionAttrs) {
  const chunkOffsets = new Set(visibleOffsets(mode).map((offset) => offset.join()));
  return (query: number, key: number): boolean => {
    const [queryRow, queryColumn] = [Math.floor(query / columns), query % columns];
    const [keyRow, keyColumn] = [Math.floor(key / columns), key % columns];
    if (
      exact === 'distance' &&
      Math.max(Math.abs(queryRow - keyRow), Math.abs(queryColumn - keyColumn)) > window
    ) {
      return false;
    }
    const down = Math.floor(keyRow / window) - Math.floor(queryRow / window);
    const right = Math.floor(keyColumn / window) - Math.floor(queryColumn / window);
    return chunkOffsets.has(`${down},${right}`);
  };
}
