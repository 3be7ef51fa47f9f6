/**
 * The thin module every other file takes its tensor functions from.
 *
 * tfjs has not been released since October 2024; keeping it behind this file means that a replacement, or a
 * patched copy, touches one import. The umbrella package is used because it is what registers the gradients.
 */
import * as tf from '@tensorflow/tfjs';

export type {
  DataType,
  GradConfig,
  KernelBackend,
  NamedTensorMap,
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorInfo,
  Variable,
} from '@tensorflow/tfjs';
export { tf };

// tfjs greets every Node process with an advertisement for tfjs-node; production mode silences its console notes. (Test
// mode would as well, but then takes tensors that a custom gradient saves for leaks.)
tf.enableProdMode();
