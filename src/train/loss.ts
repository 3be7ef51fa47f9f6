import type { Scalar, Tensor } from '../tensor/tensor.js';
import { tf } from '../tensor/tensor.js';

/**
 * Cross entropy against soft targets, averaged over the batch.
 * Written in primitive ops so that it differentiates on every backend and records into a traced graph.
 *
 * @param logits [batch, classes]
 * @param target [batch, classes], rows that sum to 1
 */
export function softTargetCrossEntropy(logits: Tensor, target: Tensor): Scalar {
  return tf.tidy(() => tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(logits, 1)), 1))) as Scalar);
}

/**
 * One-hot rows softened by label smoothing: the true class gets 1 - smoothing + smoothing / classes.
 * @param labels class indices, one an image
 * @param smoothing in [0, 1)
 * @returns [labels.length, classes], row-major
 */
export function smoothedTargets(labels: ArrayLike<number>, classes: number, smoothing: number): Float32Array {
  const target = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (let row = 0; row < labels.length; row++) {
    const at = row * classes + labels[row]!;
    target[at] = target[at]! + 1 - smoothing;
  }
  return target;
}
