import type { Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { LongformerAttention2D, RotaryLongformerAttention2D } from './attention-op.js';
import { checkAttentionInputs } from './checks.js';
import { fusedAttention } from './fused-attention.js';
import { maskedAttention, prefersMaskedAttention } from './masked-attention.js';
import { turnedInputs } from './rotary.js';
import { windowedAttention } from './windowed-composition.js';

/**
 * 2D windowed and global self-attention of Vision Longformer (Zhang et al., ICCV 2021), after the
 * projections.
 *
 * Each local query attends, in one softmax, to all global keys and to the keys of the chunks around its own;
 * each global query attends to every token. Runs the backend's fused kernel where one is registered,
 * otherwise a composition of standard ops; both differentiate.
 *
 * @returns [B, G + rows * columns, C], global tokens first
 * @throws Error naming the tensor and both shapes when an input does not fit the settings
 */
export function longformerAttention2d(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): Tensor3D {
  checkAttentionInputs(inputs, attrs);
  if (inputs.rotary && !takesRotary(inputs.query.shape[2] / attrs.heads)) {
    return longformerAttention2d(turnedInputs(inputs, attrs), attrs);
  }
  const isFused =
    inputs.randomShift === undefined && tf.getKernel(LongformerAttention2D, tf.getBackend()) !== undefined;
  return isFused ? fusedAttention(inputs, attrs) : composedAttention(inputs, attrs);
}

/** Whether the backend's fused kernel turns queries and keys itself, in heads of that width. */
export function takesRotary(headWidth: number): boolean {
  return headWidth % 8 === 0 && tf.getKernel(RotaryLongformerAttention2D, tf.getBackend()) !== undefined;
}

/** The op out of standard ops, in whichever form is faster. */
function composedAttention(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  return prefersMaskedAttention(inputs, attrs)
    ? maskedAttention(inputs, attrs)
    : windowedAttention(inputs, attrs);
}
