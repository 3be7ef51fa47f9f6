import type { Rank, Tensor3D, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { Parameters } from '../image-model.js';
import { linear } from './linear.js';

/** `linear` on every cell of an image, [batch, rows, columns, inputs] to [batch, rows, columns, outputs]. */
export function linearImage(parameters: Parameters, name: string, x: Tensor4D): Tensor4D {
  const [batch, rows, columns, inputs] = x.shape;
  const tokens = linear(parameters, name, tf.reshape(x, [batch, rows * columns, inputs]));
  return tf.reshape(tokens, [batch, rows, columns, tokens.shape[2]]);
}

/**
 * Doubles the rows and columns of an image: a transposed convolution whose kernel is its stride of 2, written
 * as a matrix product.
 * @param name prefix of `<name>.weight` [4 * outputs, inputs]: rows of the four cells in row-major order
 */
export function doubleImage(parameters: Parameters, name: string, x: Tensor4D): Tensor4D {
  const [batch, rows, columns, inputs] = x.shape;
  const four = linear(parameters, name, tf.reshape(x, [batch, rows * columns, inputs]));
  const outputs = four.shape[2] / 4;
  const cells = tf.reshape<Rank.R5>(four, [batch * rows, columns, 2, 2, outputs]);
  return tf.reshape(tf.transpose(cells, [0, 2, 1, 3, 4]), [batch, 2 * rows, 2 * columns, outputs]);
}

/**
 * Halves the rows and columns of an image: a convolution whose kernel is its stride of 2. Both must be even.
 */
export function halveImage(parameters: Parameters, name: string, x: Tensor4D): Tensor4D {
  const [batch, rows, columns, inputs] = x.shape;
  const split = tf.reshape<Rank.R4>(x, [batch * (rows / 2), 2, columns / 2, 2 * inputs]);
  const cells: Tensor3D = tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [
    batch,
    (rows / 2) * (columns / 2),
    4 * inputs,
  ]);
  const tokens = linear(parameters, name, cells);
  return tf.reshape(tokens, [batch, rows / 2, columns / 2, tokens.shape[2]]);
}

/** Every cell of an image as four equal ones: nearest-neighbour upsampling by 2. */
export function repeatCells(x: Tensor4D): Tensor4D {
  const [batch, rows, columns, width] = x.shape;
  const cells = tf.reshape<Rank.R5>(x, [batch * rows, 1, columns, 1, width]);
  // Adding zeros rather than tiling: its gradient is a single sum.
  const spread = tf.add(cells, tf.zeros([1, 2, 1, 2, 1]));
  return tf.reshape(spread, [batch, 2 * rows, 2 * columns, width]);
}
