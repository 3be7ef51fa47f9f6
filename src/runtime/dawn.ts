import { optionalPackage } from '../base/optional-package.js';
import { registerWebGpuBackend, webGpuFeatures } from './webgpu-device.js';

/** Dawn lives as long as the object that opened it, and takes its devices along when that is collected. */
let opened: GPU | undefined;

/**
 * As `registerWebGpuBackend`, in Node.js: with a device of Dawn, the package `webgpu`.
 * @throws UserError when the package is not installed or the machine has no WebGPU adapter
 */
export function registerDawnBackend(): Promise<void> {
  return registerWebGpuBackend(openDawn);
}

/** Whether this machine has a WebGPU device, and with which features; the reason when it has not. */
export type WebGpuFinding =
  | { readonly available: true; readonly features: ReadonlySet<string> }
  | { readonly available: false; readonly reason: string };

export async function findWebGpu(): Promise<WebGpuFinding> {
  try {
    await registerDawnBackend();
    return { available: true, features: webGpuFeatures() };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Dawn, its classes and constants made global as in a page. */
async function openDawn(): Promise<GPU> {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
  const { create, globals } = await optionalPackage('webgpu', 'WebGPU in Node.js', () => import('webgpu'), [
    '@tensorflow/tfjs-backend-webgpu',
  ]);
  Object.assign(globalThis, globals);
  opened ??= create([]) as GPU;
  return opened;
}
