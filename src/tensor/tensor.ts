/**
 * The thin module every other file takes its tensor functions from.
 *
 * tfjs has not been released since October 2024; keeping it behind this file means that a replacement, or a
 * patched copy, touches one import. The umbrella package is used because it is what registers the gradients.
 */
import type * as Tfjs from '@tensorflow/tfjs';

export type {
  BackendValues,
  DataType,
  GradConfig,
  GradSaveFunc,
  KernelBackend,
  NamedAttrMap,
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

export const tf: typeof Tfjs = loadInNode() ?? (await import('@tensorflow/tfjs'));

/**
 * In Node.js both ways to load tfjs give the same CommonJS modules, but `import` also parses all of them for
 * the names they export: 0.6 s of processor time instead of 0.17 s. Elsewhere, as in a page, there is no
 * `require`.
 */
function loadInNode(): typeof Tfjs | undefined {
  const node = globalThis.process?.getBuiltinModule?.('node:module');
  return node?.createRequire(import.meta.url)('@tensorflow/tfjs') as typeof Tfjs | undefined;
}

// tfjs greets every Node process with an advertisement for tfjs-node; production mode silences its console
// notes. (Test mode would as well, but then takes tensors that a custom gradient saves for leaks.)
tf.enableProdMode();
