import { attentionProbabilities, denseAttention } from '../../kernels/dense-attention.js';
import type { Tensor, Tensor3D, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { firstTokens, splitChannels } from './tokens.js';

/**
 * Dense multi-head self-attention (Vaswani et al. 2017) of projected tokens.
 * @param qkv queries, keys and values side by side, each split into heads, [batch, tokens, 3 * width]
 * @param bias added to the scaled logits, broadcastable to [batch, heads, tokens, tokens]
 * @returns [batch, tokens, width]
 */
export function selfAttention(qkv: Tensor3D, heads: number, bias?: Tensor): Tensor3D {
  const [query, key, value] = splitChannels(qkv, 3) as [Tensor3D, Tensor3D, Tensor3D];
  return denseAttention(query, key, value, heads, bias);
}

/**
 * Where the first `count` tokens look in `selfAttention`: softmax weights over all keys.
 * @param bias of all tokens, [heads, tokens, tokens]
 * @returns [batch, heads, count, tokens]
 */
export function firstTokensAttention(qkv: Tensor3D, heads: number, count: number, bias?: Tensor3D): Tensor4D {
  const [query, key] = splitChannels(qkv, 3) as [Tensor3D, Tensor3D, Tensor3D];
  const rows = bias && tf.slice3d(bias, [0, 0, 0], [heads, count, bias.shape[2]]);
  return attentionProbabilities(firstTokens(query, count), key, heads, rows);
}
