import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { expect, it, vi } from 'vitest';
import { longformerAttention2d } from '../../../kernels/longformer-attention.js';
import { useBackend } from '../../../src/engine/backends.js';
import { tf } from '../../../src/engine/tensor.js';
import { gradientsOf, randomAttentionInputs } from '../../helpers/attention-inputs.js';
import { describeWebGpu } from '../../helpers/webgpu.js';

vi.setConfig({ testTimeout: 300_000 });

await describeWebGpu('memory of the fused attention', () => {
  it('grows no faster than the number of tokens, forward and backward', async () => {
    const [small, middle, large] = [await peakBytes(16), await peakBytes(32), await peakBytes(64)];
    // Four times the tokens each; N x 9w^2 logits alone would be six times these peaks.
    expect(middle / small).toBeLessThan(4.1);
    expect(large / middle).toBeLessThan(4.1);
    expect(large).toBeLessThan(0.5 * logitBytes(64));
  });

  it('frees all but its results', async () => {
    await useBackend('webgpu');
    const inputs = randomAttentionInputs(attributes(8), { hasBias: true, seed: 1 });
    await inputs.query.data();
    const before = tf.memory().numTensors;
    gradientsOf(inputs, (x) => longformerAttention2d(x, attributes(8))).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(inputs));
  });
});

const WINDOW = 4;

function attributes(side: number) {
  const settings = { exact: 0, mode: 0, onlyGlobal: false } as const;
  return { heads: 2, rows: side, columns: side, globals: 1, window: WINDOW, ...settings };
}

function logitBytes(side: number): number {
  return 2 * 2 * side ** 2 * (9 * WINDOW ** 2 + 1) * 4;
}

/** Most bytes of device memory in use at a time while the op and its gradients run, inputs and results included. */
async function peakBytes(side: number): Promise<number> {
  await useBackend('webgpu');
  const { bufferManager } = tf.backend() as unknown as WebGPUBackend;
  const inputs = randomAttentionInputs(attributes(side), { hasBias: true, seed: 1 });
  let peak = 0;
  const acquire = vi.spyOn(bufferManager, 'acquireBuffer').mockImplementation((...request) => {
    const buffer = original(...request);
    peak = Math.max(peak, bufferManager.numBytesUsed);
    return buffer;
  });
  const result = gradientsOf(inputs, (x) => longformerAttention2d(x, attributes(side)));
  await result.output.data();
  acquire.mockRestore();
  result.dispose();
  tf.dispose(Object.values(inputs));
  return peak;

  function original(...request: Parameters<typeof bufferManager.acquireBuffer>): GPUBuffer {
    return Object.getPrototypeOf(bufferManager).acquireBuffer.apply(bufferManager, request);
  }
}
