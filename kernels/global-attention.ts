import type { Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { attentionProbabilities, denseAttention } from './dense-attention.js';

/** The global tokens' half of the op: each of them attends to every token. Needs G > 0. Returns [B, G, C]. */
export function globalAttention(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor3D {
  const { queryGlobal, keyGlobal, valueGlobal } = inputs;
  const bias = globalQueryBias(inputs, attrs);
  return denseAttention(queryGlobal!, keyGlobal!, valueGlobal!, attrs.heads, bias);
}

/** Where the global tokens look: [B, heads, G, G + rows * columns], each row summing to 1. Needs G > 0. */
export function globalAttentionProbabilities(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor4D {
  const bias = globalQueryBias(inputs, attrs);
  return attentionProbabilities(inputs.queryGlobal!, inputs.keyGlobal!, attrs.heads, bias);
}

/** Bias of the global queries' logits, [heads, G, G + rows * columns], if there are bias tables. */
export function globalQueryBias(
  {
    globalLocalBias,
    globalGlobalBias,
  }: Pick<LongformerAttentionInputs, 'globalLocalBias' | 'globalGlobalBias'>,
  { heads, globals, rows, columns }: Pick<LongformerAttentionAttrs, 'heads' | 'globals' | 'rows' | 'columns'>,
): Tensor3D | undefined {
  if (!globalLocalBias || !globalGlobalBias) return undefined;
  const toLocal = tf.reshape(tf.slice(globalLocalBias, 0, 1), [heads, globals, 1]);
  // Adding zeros rather than tiling: the gradient of a tile is one slice per copy, that of an addition one
  // sum.
  const spread = tf.add(toLocal, tf.zeros([1, 1, rows * columns])) as Tensor3D;
  return tf.concat([globalGlobalBias, spread], 2);
}
