import type { WebGPUBackend as Backend } from '@tensorflow/tfjs-backend-webgpu';
import { registerWebGpuAttention } from '../../kernels/webgpu/register.js';
import { UserError } from '../base/errors.js';
import type { KernelBackend } from '../tensor/tensor.js';
import { tf } from '../tensor/tensor.js';

/** Features that the kernels use when they are there. */
const FEATURES: readonly string[] = ['shader-f16', 'subgroups', 'timestamp-query'];

/** A device gets only WebGPU's small defaults unless it asks for what the adapter has. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

const ERROR_FILTERS: readonly GPUErrorFilter[] = ['validation', 'out-of-memory', 'internal'];

let registration: Promise<void> | undefined;
/** Dawn lives as long as the object that opened it, and takes its devices along when that is collected. */
let opened: GPU | undefined;
let device: GPUDevice | undefined;

/**
 * Registers tfjs's `webgpu` backend with a device that has all of the adapter's limits and the features our kernels
 * use, and the fused attention for it. In Node.js the device is Dawn's (package `webgpu`), in a page the browser's.
 *
 * tfjs would register itself, but only where `navigator.gpu` exists at import, and without subgroups and f16.
 *
 * @throws UserError when the machine has no WebGPU adapter
 */
export function registerWebGpuBackend(): Promise<void> {
  registration ??= register().catch((error) => {
    registration = undefined;
    throw error;
  });
  return registration;
}

/** Whether this machine has a WebGPU device, and with which features; the reason when it has not. */
export type WebGpuFinding =
  | { readonly available: true; readonly features: ReadonlySet<string> }
  | { readonly available: false; readonly reason: string };

export async function findWebGpu(): Promise<WebGpuFinding> {
  try {
    await registerWebGpuBackend();
    return { available: true, features: new Set(device?.features) };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Runs work on the device and fails where the device refused a part of it: WebGPU leaves an invalid command out, and goes on
 * with what lies in the buffers. Without a device of {@link registerWebGpuBackend} the work is just run.
 * @param work resolves when its results have been read
 * @throws UserError with what the device said
 */
export async function checkGpuErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  if (device === undefined) return work();
  const used = device;
  for (const filter of ERROR_FILTERS) used.pushErrorScope(filter);
  const [outcome] = await Promise.allSettled([work()]);
  const errors = await Promise.all(ERROR_FILTERS.map(() => used.popErrorScope()));
  const error = errors.find((found) => found !== null);
  // What the device refused explains what the work threw, if it did.
  if (error) throw refused(error);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

async function register(): Promise<void> {
  const gpu = await openGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw noAdapter();
  device = await requestDevice(adapter);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const opening = device;
  const backend = withNavigatorGpu(gpu, () => new WebGPUBackend(opening, adapter.info));
  tf.registerBackend('webgpu', () => backend as unknown as KernelBackend, 3);
  registerWebGpuAttention();
}

/** The page's own WebGPU, or Dawn's in Node.js, whose classes and constants it makes global as in a page. */
async function openGpu(): Promise<GPU> {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
  if (typeof process === 'undefined' || !process.versions?.node) throw noAdapter();
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  opened ??= create([]) as GPU;
  return opened;
}

function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
}

/**
 * Runs `build` with `navigator.gpu` set, which the backend's constructor insists on. It is taken away again because
 * a Node.js process does not end while Dawn is reachable from a global.
 */
function withNavigatorGpu(gpu: GPU, build: () => Backend): Backend {
  if (globalThis.navigator?.gpu) return build();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return build();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
}

function refused({ message }: GPUError): UserError {
  return new UserError(
    `The WebGPU device cannot run this: ${message.split('\n')[0]} Take a smaller image or model, or another engine.`,
  );
}

function noAdapter(): UserError {
  return new UserError(
    'No WebGPU adapter was found on this machine. Install a Vulkan, Metal or Direct3D 12 driver, or choose another ' +
      'backend; on Debian, .ci/install-webgpu.sh installs a software device for testing.',
  );
}
