import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { UserError } from '../base/errors.js';
import { optionalPackage } from '../base/optional-package.js';
import { registerSegmentSum } from '../tensor/segment-sum.js';
import { tf } from '../tensor/tensor.js';

const require = createRequire(import.meta.url);

/** The tensor backends that a model can run on eagerly. */
export const BACKENDS = ['cpu', 'wasm', 'webgpu', 'tensorflow'] as const;
export type BackendName = (typeof BACKENDS)[number];

/**
 * Loads a backend where that has not happened yet, and makes it the one that computes from now on.
 *
 * @throws UserError saying what is missing when this machine cannot run it
 */
export async function useBackend(name: BackendName): Promise<void> {
  prepared[name] ??= prepare[name]();
  await prepared[name];
  if (!(await tf.setBackend(name))) throw new UserError(`The tensor backend ${name} does not start here.`);
}

/** One load for each backend, shared by all who ask for it. */
const prepared: Partial<Record<BackendName, Promise<void>>> = {};

const prepare: Record<BackendName, () => Promise<void>> = {
  cpu: prepareCpu,
  wasm: prepareWasm,
  webgpu: prepareWebGpu,
  tensorflow: prepareTensorFlow,
};

/** In Node.js the backend praises tfjs-node on standard error at its first use, unless it takes that for past. */
async function prepareCpu(): Promise<void> {
  await optionalPackage(
    '@tensorflow/tfjs-backend-cpu',
    'The tensor backend cpu',
    () => import('@tensorflow/tfjs-backend-cpu'),
  );
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  registerSegmentSum('cpu');
}

async function prepareWebGpu(): Promise<void> {
  const { registerDawnBackend } = await import('./dawn.js');
  await registerDawnBackend();
}

async function prepareWasm(): Promise<void> {
  const { setWasmPaths } = await optionalPackage(
    '@tensorflow/tfjs-backend-wasm',
    'The tensor backend wasm',
    () => import('@tensorflow/tfjs-backend-wasm'),
  );
  const entry = require.resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(entry)}/`);
  registerSegmentSum('wasm');
}

/** tfjs-node is the user's to install: its own install script downloads TensorFlow. */
async function prepareTensorFlow(): Promise<void> {
  const name = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].find(isInstalled);
  if (!name) {
    throw new UserError(
      'The tensorflow backend needs TensorFlow, whose install script downloads it: run ' +
        '`npm install @tensorflow/tfjs-node@4.22.0 --ignore-scripts=false` (or tfjs-node-gpu for CUDA).',
    );
  }
  await import(name).catch((error: Error) => {
    throw new UserError(`${name} is installed but does not load: ${error.message}`, { cause: error });
  });
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
