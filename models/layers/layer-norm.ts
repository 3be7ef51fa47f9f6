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

/** What norms of a model have in common. */
export interface NormForm {
  readonly epsilon: number;
  /** `rms` (Zhang & Sennrich 2019) does not subtract the mean. */
  readonly norm: 'layer' | 'rms';
}
const usualForm: NormForm = { epsilon: LAYER_NORM_EPSILON, norm: 'layer' };

/**
 * Layer normalisation over the last axis (Ba et al. 2016).
 *
 * @param name prefix of `<name>.weight` [width] and `<name>.bias` [width]
 * @param x [..., width]
 */
export function layerNorm<T extends Tensor>(
  parameters: Parameters,
  name: string,
  x: T,
  { epsilon, norm }: NormForm = usualForm,
): T {
  const weight = parameter(parameters, `${name}.weight`);
  const bias = parameter(parameters, `${name}.bias`);
  if (norm === 'rms') {
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
    return tf.add(tf.mul(tf.mul(x, scale), weight), bias);
  }
  if (tf.getKernel(LayerNorm, tf.getBackend()) !== undefined) {
    return tf.engine().runKernel(LayerNorm, { x, weight, bias }, { epsilon }) as T;
  }
  const centred = tf.sub(x, tf.mean(x, -1, true));
  // Not tf.squaredDifference and not tf.moments: the gradient of the kernel behind them forgets broadcasting.
  const variance = tf.mean(tf.square(centred), -1, true);
  const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(normalised, weight), bias);
}
