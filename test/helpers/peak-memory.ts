import '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { longformerAttention2d } from '../../kernels/longformer-attention.js';
import { useBackend } from '../../src/runtime/backends.js';
import { tf } from '../../src/tensor/tensor.js';
import { gradientsOf, randomAttentionInputs } from './attention-inputs.js';

const WINDOW = 4;
const HEADS = 2;
const BATCH = 2;

/** Settings of a square grid for measurements of memory. */
export function memoryProblem(side: number) {
  const settings = { exact: 'chunks', mode: 'all', onlyGlobal: false } as const;
  return { heads: HEADS, rows: side, columns: side, globals: 1, window: WINDOW, ...settings };
}

/** What the logits of `memoryProblem` would take if they were written. */
export function logitBytes(side: number): number {
  return BATCH * HEADS * side ** 2 * (9 * WINDOW ** 2 + 1) * 4;
}

/** Most bytes of device memory in use at a time while the op and its gradients run, inputs and results included. */
export async function peakBytes(side: number): Promise<number> {
  await useBackend('webgpu');
  const { bufferManager } = tf.backend() as unknown as WebGPUBackend;
  const inputs = randomAttentionInputs(memoryProblem(side), { hasBias: true, seed: 1 });
  const acquire = bufferManager.acquireBuffer;
  let peak = 0;
  bufferManager.acquireBuffer = (...request) => {
    const buffer = acquire.apply(bufferManager, request);
    peak = Math.max(peak, bufferManager.numBytesUsed);
    return buffer;
  };
  const result = gradientsOf(inputs, (x) => longformerAttention2d(x, memoryProblem(side)));
  await result.output.data();
  bufferManager.acquireBuffer = acquire;
  result.dispose();
  tf.dispose(Object.values(inputs));
  return peak;
}
