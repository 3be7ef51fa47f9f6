import type { Tensor, Tensor3D } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';

// Keeps the logarithms defined for cells without an object, whose boxes have no sides; far below a pixel.
const EPSILON = 1e-6;
/**
 * Distances below are squared (pseudo-Huber). Half the elongation of an aircraft almost as broad as long: small enough for
 * its angle to count too.
 */
const LINEAR_FROM = 0.02;

/**
 * How far the elongations of boxes are apart, as vectors in the direction of twice the angle, half the logarithm of length
 * over breadth long; see `decodeOrientedBoxes`. The angle of a nearly square box hardly matters, that of a long one does.
 *
 * The overlap alone does not teach angles from the start: to a square prediction the angle makes no difference, and as long
 * as angles are wrong, squares overlap best. Here the slope from a square towards any box is the same in every direction.
 *
 * @param predicted,target length and breadth in the third and fourth place, cosine and sine of twice the angle in the
 *   last two, [batch, cells, 6]
 * @returns 0 for equal ones, [batch, cells, 1]
 */
export function elongationLoss(predicted: Tensor3D, target: Tensor3D): Tensor3D {
  const apart = tf.sum(tf.square(tf.sub(elongationOf(predicted), elongationOf(target))), 2, true);
  return tf.sub(tf.sqrt(tf.add(apart, LINEAR_FROM ** 2)), LINEAR_FROM) as Tensor3D;
}

/** [batch, cells, 2] */
function elongationOf(boxes: Tensor3D): Tensor {
  const [, sides, direction] = tf.split(boxes, 3, 2) as [Tensor, Tensor, Tensor];
  const [length, breadth] = tf.split(tf.log(tf.add(sides, EPSILON)), 2, 2) as [Tensor, Tensor];
  return tf.mul(tf.mul(0.5, tf.sub(length, breadth)), direction);
}
