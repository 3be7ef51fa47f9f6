import type { Tensor2D, Tensor3D, Tensor4D } from '../../src/engine/tensor.js';
import { tf } from '../../src/engine/tensor.js';
import type { Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';

/** Tokens in row-major order and the grid they form. */
export interface TokenGrid {
  /** [batch, rows * columns, width] */
  readonly tokens: Tensor3D;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Cuts an image into patches and maps each to a token: a convolution whose kernel size is its stride.
 *
 * Pixels right of and below the last whole patch are left out. Written as a matrix product, which every backend
 * multiplies and differentiates faster than a convolution.
 *
 * @param name prefix of `<name>.weight` [width, channels, patch, patch] and `<name>.bias` [width]
 * @param image [batch, channels, height, width]
 */
export function embedPatches(parameters: Parameters, name: string, image: Tensor4D): TokenGrid {
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const [batch, channels, height, width] = image.shape;
  const [outputs, , patch] = weight.shape;
  const rows = Math.floor(height / patch);
  const columns = Math.floor(width / patch);
  const isWhole = rows * patch === height && columns * patch === width;
  const covered = isWhole
    ? image
    : tf.slice4d(image, [0, 0, 0, 0], [batch, channels, rows * patch, columns * patch]);
  const split = tf.reshape<tf.Rank.R6>(covered, [batch, channels, rows, patch, columns, patch]);
  const patchValues = channels * patch * patch;
  const patches: Tensor2D = tf.reshape(tf.transpose(split, [0, 2, 4, 1, 3, 5]), [
    batch * rows * columns,
    patchValues,
  ]);
  const product = tf.matMul(patches, tf.reshape<tf.Rank.R2>(weight, [outputs, patchValues]), false, true);
  const sum = tf.add(product, parameter(parameters, `${name}.bias`));
  return { tokens: tf.reshape(sum, [batch, rows * columns, outputs]), rows, columns };
}
