import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { tf } from '../../src/tensor/tensor.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import {
  LongformerAttention2D,
  LongformerAttention2DGrad,
  RotaryLongformerAttention2D,
} from '../attention-op.js';
import { attentionBackward } from './backward.js';
import { attentionForward } from './forward.js';
import type { AttentionTensors } from './workspace.js';

/**
 * Registers the fused attention and its backward pass for tfjs's `webgpu` backend; once is enough.
 *
 * The backward kernel returns the gradients in the order of its attribute `inputNames`.
 */
export function registerWebGpuAttention(): void {
  if (tf.getKernel(LongformerAttention2D, 'webgpu') !== undefined) return;
  // Under the second name it says that it knows rotary positions.
  for (const kernelName of [LongformerAttention2D, RotaryLongformerAttention2D]) {
    tf.registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, attrs, backend }) =>
        attentionForward(backend as WebGPUBackend, inputs, attrs as unknown as LongformerAttentionAttrs),
    });
  }
  tf.registerKernel({
    kernelName: LongformerAttention2DGrad,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const settings = attrs as unknown as LongformerAttentionAttrs & { inputNames: readonly string[] };
      const gradients = attentionBackward(backend as WebGPUBackend, inputs as AttentionTensors, settings);
      return settings.inputNames.map((name) => gradients[name]!);
    },
  });
}
