import type { Tensor, Tensor3D } from '../../engine/tensor.js';
import { tf } from '../../engine/tensor.js';

/**
 * How far angles are apart, 0 to 1: half of 1 minus the cosine of twice the difference, times how much longer than broad
 * the object is, as the angle of a square says nothing.
 *
 * The overlap alone does not teach angles from the start: to a square prediction the angle makes no difference, and as long
 * as angles are wrong, squares overlap best.
 *
 * @param predicted,target length and breadth in the third and fourth place, cosine and sine of twice the angle in the
 *   last two, [batch, cells, 6]
 * @returns [batch, cells, 1]
 */
export function angleLoss(predicted: Tensor3D, target: Tensor3D): Tensor3D {
  const [, , direction] = tf.split(predicted, 3, 2) as [Tensor, Tensor, Tensor];
  const [, sides, wanted] = tf.split(target, 3, 2) as [Tensor, Tensor, Tensor];
  const [along, across] = tf.split(tf.square(sides), 2, 2) as [Tensor, Tensor];
  // Cells without an object have no sides.
  const elongation = tf.div(tf.sub(along, across), tf.add(tf.add(along, across), 1e-6));
  const cosine = tf.sum(tf.mul(direction, wanted), 2, true);
  return tf.mul(tf.mul(0.5, elongation), tf.sub(1, cosine)) as Tensor3D;
}
