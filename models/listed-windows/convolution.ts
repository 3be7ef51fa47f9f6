import type { Rank, Tensor2D, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';

/**
 * As `convolution`, on the cells of listed windows, which lie anywhere in an image: the cells around each are gathered, and the
 * convolution is a matrix product.
 * @param name prefix of `<name>.weight` [outputs, inputs, 3, 3] and `<name>.bias` [outputs]
 * @param x [N, side, side, inputs]
 * @param taps as of `ListedWindows`, of this level
 */
export function windowedConvolution(
  parameters: Parameters,
  name: string,
  x: Tensor4D,
  taps: Tensor2D,
): Tensor4D {
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const [outputs, inputs] = weight.shape;
  const [count, side] = x.shape;
  const cells = count * side * side;
  const rows = tf.concat([tf.reshape<Rank.R2>(x, [cells, inputs]), tf.zeros<Rank.R2>([1, inputs])], 0);
  const around = tf.reshape<Rank.R2>(tf.gather(rows, taps), [cells, 9 * inputs]);
  const filter = tf.reshape<Rank.R2>(tf.transpose(weight, [2, 3, 1, 0]), [9 * inputs, outputs]);
  const product = tf.add(tf.matMul(around, filter), parameter(parameters, `${name}.bias`));
  return tf.reshape(product, [count, side, side, outputs]);
}
