import type { Tensor2D, Tensor3D } from '../../src/engine/tensor.js';
import { tf } from '../../src/engine/tensor.js';
import type { Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';

/**
 * x W^T + b over the last axis.
 *
 * @param x [B, N, in]
 * @param name prefix of `<name>.weight` [out, in] and `<name>.bias` [out]
 * @returns [B, N, out]
 */
export function linear(parameters: Parameters, name: string, x: Tensor3D): Tensor3D {
  const weight = parameter<Tensor2D>(parameters, `${name}.weight`);
  const [batch, tokens, width] = x.shape;
  const product = tf.matMul(tf.reshape(x, [batch * tokens, width]) as Tensor2D, weight, false, true);
  const sum = tf.add(product, parameter(parameters, `${name}.bias`));
  return tf.reshape(sum, [batch, tokens, weight.shape[0]]);
}
