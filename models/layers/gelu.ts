import type { Tensor } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

/** Kernel under which a backend may register a fused GELU: input x. */
export const Gelu = 'Gelu';

/** Gaussian error linear unit in its exact form: x / 2 (1 + erf(x / sqrt(2))). */
export function gelu<T extends Tensor>(x: T): T {
  if (tf.getKernel(Gelu, tf.getBackend()) !== undefined) return tf.engine().runKernel(Gelu, { x }) as T;
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)) as T;
}
