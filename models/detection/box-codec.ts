import type { Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

/** Limit of what is exponentiated: sides from e^-6 to e^6 cells. */
const LARGEST_LOGARITHM = 6;

/** exp of a prediction, kept in a range that neither overflows nor vanishes. */
function boundedExp(x: Tensor4D): Tensor4D {
  return tf.exp(tf.clipByValue(x, -LARGEST_LOGARITHM, LARGEST_LOGARITHM));
}

/**
 * Centres of a level's cells in pixels, spread over two of `channels`: x at `xAt`, y at `yAt`, zeros
 * elsewhere.
 */
function centres(
  rows: number,
  columns: number,
  stride: number,
  xChannels: number[],
  yChannels: number[],
): Tensor4D {
  const positions = (count: number) => tf.mul(tf.add(tf.range(0, count), 0.5), stride);
  const across = tf.mul(tf.reshape(positions(columns), [1, 1, columns, 1]), tf.tensor1d(xChannels));
  const down = tf.mul(tf.reshape(positions(rows), [1, rows, 1, 1]), tf.tensor1d(yChannels));
  return tf.add(across, down);
}

/**
 * Upright boxes from a level's predictions: logarithms of the distances from a cell's centre to the box's
 * left, top, right and bottom, in cells.
 *
 * @param raw [batch, rows, columns, 4]
 * @returns xmin, ymin, xmax, ymax in pixels of the input, [batch, rows, columns, 4]
 */
export function decodeBoxes(raw: Tensor4D, stride: number): Tensor4D {
  const [, rows, columns] = raw.shape;
  const signed = tf.mul(boundedExp(raw), tf.tensor1d([-stride, -stride, stride, stride]));
  return tf.add(signed, centres(rows, columns, stride, [1, 0, 1, 0], [0, 1, 0, 1]));
}

/**
 * Boxes with an angle from a level's predictions: offset of the box's centre from the cell's in cells (2),
 * logarithm of the side of a square of the box's area in cells (1), and how elongated the box is: a vector in
 * the direction of twice the angle, half the logarithm of length over breadth long (2).
 *
 * Up to a factor, the last three are the logarithm of the matrix of the box's second moments (Arsigny et al.
 * 2006, "Log-Euclidean metrics"). Any three numbers are a box and any box is three numbers, which change
 * smoothly with it; a square is the origin, from which every angle can be reached directly. This is learned
 * sooner than a direction normalised to length one, which jumps at a square and whose gradient depends on the
 * length of the vector.
 *
 * @param raw [batch, rows, columns, 5]
 * @returns centre x, centre y, length, breadth (the shorter one) in pixels, cosine and sine of twice the
 *   angle, [batch, rows, columns, 6]
 */
export function decodeOrientedBoxes(raw: Tensor4D, stride: number): Tensor4D {
  const [, rows, columns] = raw.shape;
  const [offset, side, elongation] = tf.split(raw, [2, 1, 2], 3) as [Tensor4D, Tensor4D, Tensor4D];
  const centre = tf.add(tf.mul(offset, stride), centres(rows, columns, stride, [1, 0], [0, 1]));
  const half = tf.sqrt(tf.add(tf.sum(tf.square(elongation), 3, true), 1e-6));
  const logarithms = tf.add(side, tf.mul(half, tf.tensor1d([1, -1]))) as Tensor4D;
  const sides = tf.mul(boundedExp(logarithms), stride);
  return tf.concat([centre, sides, tf.div(elongation, half)], 3) as Tensor4D;
}
