import type { WebGPUBackend as Backend } from '@tensorflow/tfjs-backend-webgpu';
import { registerWebGpuAttention } from '../../kernels/webgpu/register.js';
import { UserError } from '../base/errors.js';
import { optionalPackage } from '../base/optional-package.js';
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
let device: GPUDevice | undefined;

/**
 * Registers tfjs's `webgpu` backend with a device that has all of the adapter's limits and the features our kernels
 * use, and the fused attention for it.
 *
 * tfjs registers itself where `navigator.gpu` exists at import, but without subgroups and f16. One that a program has
 * registered before stays, as its tensors live there.
 *
 * @param openGpu by default the page's own WebGPU; `registerDawnBackend` is for Node.js
 * @throws UserError when the machine has no WebGPU adapter
 */
export function registerWebGpuBackend(openGpu: () => Promise<GPU> = pageGpu): Promise<void> {
  registration ??= register(openGpu).catch((error) => {
    registration = undefined;
    throw error;
  });
  return registration;
}

/** Features of the registered device. */
export function webGpuFeatures(): ReadonlySet<string> {
  return new Set(device?.features);
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

async function register(openGpu: () => Promise<GPU>): Promise<void> {
  if (tf.findBackendFactory('webgpu')) {
    device = await deviceOfOthers();
    return registerWebGpuAttention();
  }
  const gpu = await openGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw noAdapter();
  device = await requestDevice(adapter);
  const { WebGPUBackend } = await optionalPackage(
    '@tensorflow/tfjs-backend-webgpu',
    'The tensor backend webgpu',
    () => import('@tensorflow/tfjs-backend-webgpu'),
  );
  // Where there is a navigator.gpu, it has registered itself just now.
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  const opening = device;
  const backend = withNavigatorGpu(gpu, () => new WebGPUBackend(opening, adapter.info));
  tf.registerBackend('webgpu', () => backend as unknown as KernelBackend, 3);
  registerWebGpuAttention();
}

async function pageGpu(): Promise<GPU> {
  if (!globalThis.navigator?.gpu) throw noAdapter();
  return globalThis.navigator.gpu;
}

/** The device of the backend that the program has registered itself. */
async function deviceOfOthers(): Promise<GPUDevice> {
  const previous = tf.getBackend();
  await tf.setBackend('webgpu');
  const { device: used } = tf.backend() as unknown as { readonly device: GPUDevice };
  if (previous) await tf.setBackend(previous);
  return used;
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
