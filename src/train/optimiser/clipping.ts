import type { Scalar, Tensor } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';

/** Euclidean norm of all gradients taken as one vector. */
export function globalNorm(gradients: readonly Tensor[]): Scalar {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square))) as Scalar;
}

/**
 * The factor that brings gradients of a given norm to at most `limit`: 1 below it, limit / norm above.
 * @param norm scalar from {@link globalNorm}
 */
export function clippingFactor(norm: Tensor, limit: number): Tensor {
  return tf.div(limit, tf.maximum(norm, limit));
}
