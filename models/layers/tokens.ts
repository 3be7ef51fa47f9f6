import type { Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

/** The first `count` tokens of [B, N, C]. */
export function firstTokens(x: Tensor3D, count: number): Tensor3D {
  return tf.slice(x, [0, 0, 0], [x.shape[0], count, x.shape[2]]);
}

/** [B, N, C] without its first `count` tokens. */
export function withoutFirstTokens(x: Tensor3D, count: number): Tensor3D {
  if (count === 0) return x;
  return tf.slice(x, [0, count, 0], [x.shape[0], x.shape[1] - count, x.shape[2]]);
}

/** Cuts channels into equal parts: queries, keys and values of a fused projection. */
export function splitChannels(x: Tensor3D, parts: number): Tensor3D[] {
  return tf.split(x, parts, 2);
}

/** One copy of [1, N, C] for each sample of a batch. */
export function repeatForBatch(x: Tensor3D, batch: number): Tensor3D {
  // Adding zeros rather than tiling: the gradient of a tile is one slice per copy, that of an addition one
  // sum.
  return tf.add(x, tf.zeros([batch, 1, 1]));
}
