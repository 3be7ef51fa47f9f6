import { evenParts } from '../../src/base/even-parts.js';
import type { Rank, Tensor, Tensor3D, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ModelImage, Parameters, Pixels } from '../image-model.js';
import { parameter } from '../parameters.js';

/** Tokens in row-major order and the grid they form. */
export interface TokenGrid {
  /** [batch, rows * columns, width] */
  readonly tokens: Tensor3D;
  readonly rows: number;
  readonly columns: number;
}

/** The tokens of what a model sees: `embedPatches` or `embedPixels`. */
export function embedImage(parameters: Parameters, name: string, image: ModelImage): TokenGrid {
  return 'levels' in image ? embedPixels(parameters, name, image) : embedPatches(parameters, name, image);
}

/**
 * Cuts an image into patches and maps each to a token: a convolution whose kernel size is its stride.
 *
 * Pixels right of and below the last whole patch are left out. Written as a matrix product, which every
 * backend multiplies and differentiates faster than a convolution.
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
  const bias = parameter(parameters, `${name}.bias`);
  return { tokens: project(patches, weight, bias, [batch, rows * columns, outputs]), rows, columns };
}

/** Bytes that the patches of a strip may take as floats: they should stay in the processor's cache. */
const stripBytes = 8 * 2 ** 20;
/** Strips at most, however large the image: each one is nodes of a traced graph. */
const mostStrips = 32;

/**
 * `embedPatches` for pixels. Their normalisation is a part of the weights here, and they become floats strip
 * by strip: a large image as floats would take more than all that comes after.
 */
export function embedPixels(parameters: Parameters, name: string, { levels, mean, std }: Pixels): TokenGrid {
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const [batch, height, width] = levels.shape;
  const [outputs, , patch] = weight.shape;
  const [rows, columns] = wholePatches(height, width, patch);
  // w ((v / 255 - mean) / std) + b = (w / (255 std)) v + (b - w mean / std), channel by channel.
  const channelsLast = tf.transpose(weight, [0, 2, 3, 1]);
  const scaled = tf.div(channelsLast, tf.tensor1d(std.map((deviation) => 255 * deviation)));
  const shift = tf.tensor1d(mean.map((value, channel) => value / std[channel]!));
  const bias = tf.sub(parameter(parameters, `${name}.bias`), tf.sum(tf.mul(channelsLast, shift), [1, 2, 3]));
  const rowBytes = 4 * 3 * patch * patch * columns;
  let row = 0;
  const strips = evenParts(rows, Math.max(1, Math.floor(stripBytes / rowBytes)), mostStrips).map((count) => {
    const patches = tf.cast(cutPatches(levels, patch, row, count, columns), 'float32');
    row += count;
    return project(patches, scaled, bias, [batch, count * columns, outputs]);
  });
  return { tokens: strips.length === 1 ? strips[0]! : tf.concat(strips, 1), rows, columns };
}

/**
 * `embedPatches` for the tokens of an earlier stage, channels last.
 *
 * @param image [batch, rows, columns, channels]
 */
export function mergePatches(parameters: Parameters, name: string, image: Tensor4D): TokenGrid {
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const [batch, height, width] = image.shape;
  const [outputs, , patch] = weight.shape;
  const [rows, columns] = wholePatches(height, width, patch);
  const patches = cutPatches(image, patch, 0, rows, columns);
  // Moving the weight's channels last is cheaper than moving the image's first.
  const channelsLast = tf.transpose(weight, [0, 2, 3, 1]);
  const bias = parameter(parameters, `${name}.bias`);
  const tokens = project(patches, channelsLast, bias, [batch, rows * columns, outputs]);
  return { tokens, rows, columns };
}

/**
 * Rows of patches of an image whose channels are last.
 * @returns [batch * rows, columns, patch, patch * channels]
 */
function cutPatches(
  image: Tensor4D,
  patch: number,
  firstRow: number,
  rows: number,
  columns: number,
): Tensor4D {
  const [batch, , , channels] = image.shape;
  const size: [number, number, number, number] = [batch, rows * patch, columns * patch, channels];
  const covered = isSame(size, image.shape) ? image : tf.slice4d(image, [0, firstRow * patch, 0, 0], size);
  const split = tf.reshape<Rank.R4>(covered, [batch * rows, patch, columns, patch * channels]);
  return tf.transpose(split, [0, 2, 1, 3]);
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

/** @param weight [outputs, ...], with as many values for each output as a patch has */
function project(
  patches: Tensor,
  weight: Tensor,
  bias: Tensor,
  shape: [batch: number, tokens: number, outputs: number],
): Tensor3D {
  const [batch, tokens, outputs] = shape;
  const values = weight.size / outputs;
  const product = tf.matMul(
    tf.reshape<Rank.R2>(patches, [batch * tokens, values]),
    tf.reshape<Rank.R2>(weight, [outputs, values]),
    false,
    true,
  );
  return tf.reshape(tf.add(product, bias), shape);
}
