import type { Tensor, Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import {
  NEIGHBOURHOOD,
  OWN_CHUNK,
  relativeBiasIndex,
  relativePairs,
  SHIFTS,
  visibleOffsets,
} from './chunk-grid.js';
import { MASKED } from './window-mask.js';

/**
 * What is added to the logits of every chunk alike: the relative position bias, and, where `exact` is
 * "distance", the mask of keys more than w rows or columns away.
 *
 * @returns [heads or 1, w^2 queries, G + visible * w^2 keys], or undefined where that would be zero
 */
export function localQueryBias(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor3D | undefined {
  const distance = attrs.exact === 'distance' ? distanceMask(attrs) : undefined;
  if (!inputs.localBias) return distance;
  const local = inputs.randomShift
    ? randomShiftBias(inputs.localBias, inputs.randomShift, attrs.window)
    : gatherBias(inputs.localBias, attrs.window, visibleOffsets(attrs.mode));
  const bias = attrs.globals > 0 ? tf.concat([globalKeyBias(inputs, attrs), local], 2) : local;
  return distance ? tf.add<Tensor3D>(bias, distance) : bias;
}

function distanceMask({ window, globals }: LongformerAttentionAttrs): Tensor3D {
  const isFar = relativePairs(window, NEIGHBOURHOOD, (dy, dx) =>
    Math.abs(dy) > window || Math.abs(dx) > window ? MASKED : 0,
  );
  const area = window * window;
  const mask = tf.tensor3d(Float32Array.from(isFar), [1, area, NEIGHBOURHOOD.length * area]);
  return tf.pad(mask, [
    [0, 0],
    [0, 0],
    [globals, 0],
  ]);
}

/**
 * Entries of the table for all pairs of a query and a key in the chunks at `offsets`: [heads, w^2, offsets *
 * w^2].
 */
function gatherBias(
  table: Tensor2D,
  window: number,
  offsets: readonly (readonly [number, number])[],
): Tensor3D {
  const area = window * window;
  const index = tf.tensor1d(relativeBiasIndex(window, offsets), 'int32');
  const pairs = tf.reshape(tf.gather(table, index), [area, offsets.length * area, -1]);
  return tf.transpose(pairs, [2, 0, 1]) as Tensor3D;
}

/** `gatherBias` of the own chunk, and of the neighbour that a one-hot [8] chooses. */
function randomShiftBias(table: Tensor2D, oneHot: Tensor, window: number): Tensor3D {
  const area = window * window;
  const heads = table.shape[1];
  const own = gatherBias(table, window, [NEIGHBOURHOOD[OWN_CHUNK]!]);
  const all = tf.reshape(gatherBias(table, window, SHIFTS), [heads * area, SHIFTS.length, area]);
  const byShift = tf.reshape(tf.transpose(all, [1, 0, 2]), [SHIFTS.length, heads * area * area]);
  const chosen = tf.matMul(tf.reshape(oneHot, [1, SHIFTS.length]) as Tensor2D, byShift as Tensor2D);
  return tf.concat([own, tf.reshape(chosen, [heads, area, area])], 2);
}

/** Bias of local queries' logits against the global keys, the same for every query: [heads, w^2, G]. */
function globalKeyBias(
  { globalLocalBias }: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor3D {
  const { heads, globals, window } = attrs;
  const toGlobal = tf.reshape(tf.slice(globalLocalBias!, 1, 1), [heads, 1, globals]);
  return tf.add(toGlobal, tf.zeros([1, window * window, 1]));
}
