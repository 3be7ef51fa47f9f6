import '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import { longformerAttention2d } from '../../../kernels/longformer-attention.js';
import { useBackend } from '../../../src/runtime/backends.js';
import { tf } from '../../../src/tensor/tensor.js';
import { gradientsOf, randomAttentionInputs } from '../../helpers/attention-inputs.js';
import { logitBytes, memoryProblem, peakBytes } from '../../helpers/peak-memory.js';
import { describeWebGpu } from '../../helpers/webgpu.js';

vi.setConfig({ testTimeout: 300_000 });

await describeWebGpu('memory of the fused attention', () => {
  it('grows no faster than the number of tokens, forward and backward', async () => {
    const [small, middle, large] = [await peakBytes(16), await peakBytes(32), await peakBytes(64)];
    // Four times the tokens each time.
    expect(middle / small).toBeLessThan(4.1);
    expect(large / middle).toBeLessThan(4.1);
    expect(large).toBeLessThan(0.5 * logitBytes(64));
  });

  it('frees all but its results', async () => {
    await useBackend('webgpu');
    const inputs = randomAttentionInputs(memoryProblem(8), { hasBias: true, seed: 1 });
    await inputs.query.data();
    const before = tf.memory().numTensors;
    gradientsOf(inputs, (x) => longformerAttention2d(x, memoryProblem(8))).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(inputs));
  });
});
