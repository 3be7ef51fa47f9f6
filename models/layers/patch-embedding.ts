import type { Rank, Tensor, Tensor3D, Tensor4D } from '../../src/engine/tensor.js';
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
  const [rows, columns] = wholePatches(height, width, patch);
  const size: [number, number, number, number] = [batch, channels, rows * patch, columns * patch];
  const covered = isSame(size, image.shape) ? image : tf.slice4d(image, [0, 0, 0, 0], size);
  const split = tf.reshape<Rank.R6>(covered, [batch, channels, rows, patch, columns, patch]);
  const patches = tf.transpose(split, [0, 2, 4, 1, 3, 5]);
  return {
    tokens: project(parameters, name, patches, weight, [batch, rows * columns, outputs]),
    rows,
    columns,
  };
}

/**
 * `embedPatches` for the tokens of an earlier stage, channels last.
 *
 * @param image [batch, rows, columns, channels]
 */
export function mergePatches(parameters: Parameters, name: string, image: Tensor4D): TokenGrid {
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const [batch, height, width, channels] = image.shape;
  const [outputs, , patch] = weight.shape;
  const [rows, columns] = wholePatches(height, width, patch);
  const size: [number, number, number, number] = [batch, rows * patch, columns * patch, channels];
  const covered = isSame(size, image.shape) ? image : tf.slice4d(image, [0, 0, 0, 0], size);
  const split = tf.reshape<Rank.R4>(covered, [batch * rows, patch, columns, patch * channels]);
  const patches = tf.transpose(split, [0, 2, 1, 3]);
  // Turning the weight's channels last is cheaper than turning the image's first.
  const channelsLast = tf.transpose(weight, [0, 2, 3, 1]);
  const tokens = project(parameters, name, patches, channelsLast, [batch, rows * columns, outputs]);
  return { tokens, rows, columns };
}

/** Rows and columns of whole patches in an image. @throws Error when there is none */
function wholePatches(height: number, width: number, patch: number): [number, number] {
  if (height < patch || width < patch) {
    throw new Error(`An image of ${height} x ${width} has no whole patch of ${patch} x ${patch}.`);
  }
  return [Math.floor(height / patch), Math.floor(width / patch)];
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, index) => value === b[index]);
}

function project(
  parameters: Parameters,
  name: string,
  patches: Tensor,
  weight: Tensor4D,
  shape: [number, number, number],
): Tensor3D {
  const [batch, tokens, outputs] = shape;
  const values = weight.size / outputs;
  const product = tf.matMul(
    tf.reshape<Rank.R2>(patches, [batch * tokens, values]),
    tf.reshape<Rank.R2>(weight, [outputs, values]),
    false,
    true,
  );
  return tf.reshape(tf.add(product, parameter(parameters, `${name}.bias`)), shape);
}
