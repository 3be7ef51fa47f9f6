/**
 * The thin module every other file takes its tensor functions from.
 *
 * tfjs has not been released since October 2024; keeping it behind this file means that a replacement, or a
 * patched copy, touches one import. Its core alone runs and records models; `loadGradients` adds the gradients.
 */
import type * as Tfjs from '@tensorflow/tfjs-core';
import { providedTfjs } from './provided-tfjs.js';

export type {
  BackendValues,
  DataType,
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
} from '@tensorflow/tfjs-core';
export type { GradConfig } from '@tensorflow/tfjs-core/dist/kernel_registry.js';

export const tf: typeof Tfjs = loadInNode() ?? providedTfjs();

/**
 * In Node.js both ways to load tfjs give the same CommonJS modules, but `import` also parses all of them for
 * the names they export: four times the processor time of `require`. Elsewhere, as in a page, there is no
 * `require`.
 */
function loadInNode(): typeof Tfjs | undefined {
  const node = globalThis.process?.getBuiltinModule?.('node:module');
  return node?.createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof Tfjs | undefined;
}
