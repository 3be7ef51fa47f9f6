import { attentionProbabilities, denseAttention } from '../../kernels/dense-attention.js';
import type { RotaryTables } from '../../kernels/rotary.js';
import { rotate } from '../../kernels/rotary.js';
import type { Tensor, Tensor3D, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { firstTokens, splitChannels } from './tokens.js';

/** What attention is made of, [batch, tokens, width] each, split into heads. */
export interface Projections {
  readonly query: Tensor3D;
  readonly key: Tensor3D;
  readonly value: Tensor3D;
}

/**
 * Cuts a fused projection, and turns queries and keys by their rotary positions where there are any.
 * @param qkv queries, keys and values side by side, [batch, tokens, 3 * width]
 */
export function projections(qkv: Tensor3D, heads: number, rotary?: RotaryTables): Projections {
  const [query, key, value] = splitChannels(qkv, 3) as [Tensor3D, Tensor3D, Tensor3D];
  if (!rotary) return { query, key, value };
  return { query: rotate(query, rotary, heads), key: rotate(key, rotary, heads), value };
}

/**
 * Dense multi-head self-attention (Vaswani et al. 2017) of projected tokens.
 * @param bias added to the scaled logits, broadcastable to [batch, heads, tokens, tokens]
 * @returns [batch, tokens, width]
 */
export function selfAttention({ query, key, value }: Projections, heads: number, bias?: Tensor): Tensor3D {
  return denseAttention(query, key, value, heads, bias);
}

/**
 * Where the first `count` tokens look in `selfAttention`: softmax weights over all keys.
 * @param bias of all tokens, [heads, tokens, tokens]
 * @returns [batch, heads, count, tokens]
 */
export function firstTokensAttention(
  { query, key }: Projections,
  heads: number,
  count: number,
  bias?: Tensor3D,
): Tensor4D {
  const rows = bias && tf.slice3d(bias, [0, 0, 0], [heads, count, bias.shape[2]]);
  return attentionProbabilities(firstTokens(query, count), key, heads, rows);
}
