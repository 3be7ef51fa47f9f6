import type { Tensor1D, Tensor2D, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
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
  return affine(
    x,
    parameter<Tensor2D>(parameters, `${name}.weight`),
    parameter<Tensor1D>(parameters, `${name}.bias`),
  );
}

/**
 * The outputs of `linear` in equal parts, keys and values for instance. Each is a product of its own: cutting
 * weights is cheaper than cutting what they give for every token.
 * @returns [B, N, out / parts] each
 */
export function splitLinear(parameters: Parameters, name: string, x: Tensor3D, parts: number): Tensor3D[] {
  const weights = tf.split<Tensor2D>(parameter<Tensor2D>(parameters, `${name}.weight`), parts, 0);
  const biases = tf.split<Tensor1D>(parameter<Tensor1D>(parameters, `${name}.bias`), parts, 0);
  return weights.map((weight, part) => affine(x, weight, biases[part]!));
}

function affine(x: Tensor3D, weight: Tensor2D, bias: Tensor1D): Tensor3D {
  const [batch, tokens, width] = x.shape;
  const product = tf.matMul(tf.reshape(x, [batch * tokens, width]) as Tensor2D, weight, false, true);
  const sum = tf.add(product, bias);
  return tf.reshape(sum, [batch, tokens, weight.shape[0]]);
}
