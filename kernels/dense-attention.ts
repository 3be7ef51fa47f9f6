import type { Tensor, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import { softmaxAttention } from './softmax-attention.js';

/** Splits channels into heads: [B, N, heads x d] to [B, heads, N, d]. */
export function splitHeads(x: Tensor3D, heads: number): Tensor4D {
  const [batch, tokens, channels] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, channels / heads]), [0, 2, 1, 3]);
}

/** Inverse of `splitHeads`. */
export function mergeHeads(x: Tensor4D): Tensor3D {
  const [batch, heads, tokens, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * width]);
}

/**
 * softmax(q k^T / sqrt(d) + bias), every query against every key.
 *
 * @param query [B, Q, heads x d], not yet scaled
 * @param key [B, N, heads x d]
 * @param bias added to the logits, broadcast against [B, heads, Q, N]
 * @returns [B, heads, Q, N]
 */
export function attentionProbabilities(
  query: Tensor3D,
  key: Tensor3D,
  heads: number,
  bias?: Tensor,
): Tensor4D {
  const scaled = tf.mul(splitHeads(query, heads), (query.shape[2] / heads) ** -0.5);
  const logits = tf.matMul(scaled, splitHeads(key, heads), false, true);
  return tf.softmax(bias ? tf.add(logits, bias) : logits) as Tensor4D;
}

/**
 * Multi-head attention over all keys, after the projections.
 * Arguments as `attentionProbabilities`, and the values [B, N, heads x d].
 *
 * @returns [B, Q, heads x d]
 */
export function denseAttention(
  query: Tensor3D,
  key: Tensor3D,
  value: Tensor3D,
  heads: number,
  bias?: Tensor,
): Tensor3D {
  const scaled = tf.mul(splitHeads(query, heads), (query.shape[2] / heads) ** -0.5) as Tensor4D;
  return mergeHeads(softmaxAttention(scaled, splitHeads(key, heads), splitHeads(value, heads), bias));
}
