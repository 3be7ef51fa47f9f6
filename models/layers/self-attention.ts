import type { Tensor, Tensor3D, Tensor4D } from '../../src/engine/tensor.js';
import { tf } from '../../src/engine/tensor.js';

/** Result of {@link selfAttention}. */
export interface SelfAttention {
  /** [batch, tokens, width] */
  readonly output: Tensor3D;
  /** Softmax weights of each query over all keys, [batch, heads, tokens, tokens]. */
  readonly weights: Tensor4D;
}

/**
 * Dense multi-head self-attention (Vaswani et al. 2017) of projected tokens.
 * @param qkv queries, keys and values side by side, each split into heads, [batch, tokens, 3 * width]
 * @param bias added to the scaled logits, broadcastable to [batch, heads, tokens, tokens]
 */
export function selfAttention(qkv: Tensor3D, heads: number, bias?: Tensor): SelfAttention {
  const [batch, tokens, tripleWidth] = qkv.shape;
  const width = tripleWidth / 3;
  const [query, key, value] = tf.split(qkv, 3, 2).map((part) => {
    const split: Tensor4D = tf.reshape(part, [batch, tokens, heads, width / heads]);
    return tf.transpose(split, [0, 2, 1, 3]);
  }) as [Tensor4D, Tensor4D, Tensor4D];
  const logits: Tensor4D = tf.matMul(tf.mul(query, (width / heads) ** -0.5), key, false, true);
  const weights = tf.softmax(bias ? tf.add<Tensor4D>(logits, bias) : logits);
  const mixed = tf.transpose(tf.matMul(weights, value), [0, 2, 1, 3]);
  return { output: tf.reshape(mixed, [batch, tokens, width]), weights };
}
