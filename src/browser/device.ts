import { UserError } from '../base/errors.js';
import { optionalPackage } from '../base/optional-package.js';
import { registerWebGpuBackend } from '../runtime/webgpu-device.js';
import { tf } from '../tensor/tensor.js';

/** What computes in a page: the GPU with this package's kernels, or the processor through WebAssembly. */
export type PageDevice = 'webgpu' | 'wasm';

export interface DeviceOptions {
  /** Default `webgpu` where the browser has it and finds a GPU, otherwise `wasm`. */
  readonly device?: PageDevice;
  /**
   * Of the device wasm: where the page's server has the three .wasm files of @tensorflow/tfjs-backend-wasm/dist. The address
   * of their folder, or the address of each by its name.
   */
  readonly wasmFiles?: string | Readonly<Record<string, string>>;
}

/**
 * Makes a device ready.
 * @returns which one that is
 * @throws UserError when the browser or the page lacks what it needs
 */
export async function openDevice({ device, wasmFiles }: DeviceOptions): Promise<PageDevice> {
  const chosen = device ?? ((await hasGpu()) ? 'webgpu' : 'wasm');
  if (chosen === 'webgpu') await registerWebGpuBackend();
  else await registerWasm(wasmFiles);
  const previous = tf.getBackend();
  if (!(await tf.setBackend(chosen)))
    throw new UserError(`The device ${chosen} does not start in this browser.`);
  // The page may compute other things on another one.
  if (previous && previous !== chosen) await tf.setBackend(previous);
  return chosen;
}

async function hasGpu(): Promise<boolean> {
  return Boolean(await globalThis.navigator?.gpu?.requestAdapter().catch(() => null));
}

async function registerWasm(files: DeviceOptions['wasmFiles']): Promise<void> {
  const { setWasmPaths } = await optionalPackage(
    '@tensorflow/tfjs-backend-wasm',
    'The device wasm',
    () => import('@tensorflow/tfjs-backend-wasm'),
  );
  if (files === undefined) {
    throw new UserError(
      'The device wasm needs wasmFiles: the address of a folder with the .wasm files of ' +
        '@tensorflow/tfjs-backend-wasm/dist, or of each file.',
    );
  }
  setWasmPaths(typeof files === 'string' && !files.endsWith('/') ? `${files}/` : files);
}
