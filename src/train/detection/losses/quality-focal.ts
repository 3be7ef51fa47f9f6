import type { Tensor } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';

/**
 * Quality focal loss with beta = 2 (Li et al. 2020, "Generalized Focal Loss"), element by element: cross entropy against a
 * quality in [0, 1], scaled down where the score is already close to it.
 *
 * @param logits scores before the sigmoid
 * @param quality of the same shape; no gradient flows into it
 */
export function qualityFocalLoss(logits: Tensor, quality: Tensor): Tensor {
  // relu(x) - x q + log(1 + exp(-|x|)) is the cross entropy without overflow for large |x|.
  const softplus = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
  const crossEntropy = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, quality)), softplus);
  const distance = tf.sub(quality, tf.sigmoid(logits));
  return tf.mul(tf.square(distance), crossEntropy);
}
