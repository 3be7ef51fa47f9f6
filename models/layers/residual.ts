import type { Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ForwardOptions } from '../image-model.js';

/** The two residual branches of a transformer block, as stochastic depth numbers them. */
export const BlockHalf = { attention: 0, mlp: 1 } as const;

/**
 * x + branch, the branch scaled per sample by stochastic depth while training.
 * @param x [batch, tokens, width]
 * @param block number of the block, all stages counted through
 */
export function addResidual(
  x: Tensor3D,
  branch: Tensor3D,
  options: ForwardOptions,
  block: number,
  half: (typeof BlockHalf)[keyof typeof BlockHalf],
): Tensor3D {
  const dropPath = options.training?.dropPath;
  if (!dropPath) return tf.add(x, branch);
  const batch = x.shape[0];
  const factors = tf.reshape(tf.slice3d(dropPath, [block, half, 0], [1, 1, batch]), [batch, 1, 1]);
  return tf.add(x, tf.mul(branch, factors));
}
