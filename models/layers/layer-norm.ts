import type { Tensor } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';

/**
 * Kernel under which a backend may register a fused layer norm: inputs x, weight, bias; attribute epsilon.
 */
export const LayerNorm = 'LayerNorm';
/** The original model uses this value in every layer norm, whatever its configuration says. */
export const LAYER_NORM_EPSILON = 1e-6;

/**
 * Layer normalisation over the last axis (Ba et al. 2016).
 *
 * @param name prefix of `<name>.weight` [width] and `<name>.bias` [width]
 * @param x [..., width]
 */
export function layerNorm<T extends Tensor>(parameters: Parameters, name: string, x: T): T {
  const weight = parameter(parameters, `${name}.weight`);
  const bias = parameter(parameters, `${name}.bias`);
  if (tf.getKernel(LayerNorm, tf.getBackend()) !== undefined) {
    return tf.engine().runKernel(LayerNorm, { x, weight, bias }, { epsilon: LAYER_NORM_EPSILON }) as T;
  }
  const centred = tf.sub(x, tf.mean(x, -1, true));
  // Not tf.squaredDifference and not tf.moments: the gradient of the kernel behind them forgets broadcasting.
  const variance = tf.mean(tf.square(centred), -1, true);
  const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, LAYER_NORM_EPSILON)));
  return tf.add(tf.mul(normalised, weight), bias);
}
