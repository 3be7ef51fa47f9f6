import type { GradSaveFunc, Tensor } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';

/** The same values, of which gradients know nothing. */
export function stopGradient(x: Tensor): Tensor {
  const identity = tf.customGrad((value: Tensor | GradSaveFunc) => ({
    value: tf.clone(value as Tensor),
    gradFunc: (dy: Tensor) => tf.zerosLike(dy),
  }));
  return identity(x);
}
