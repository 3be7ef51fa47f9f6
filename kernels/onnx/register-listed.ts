import type { RecorderBackend } from '../../src/onnx/recorder/recorder-backend.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ListedLocalAttentionAttrs } from '../listed-attention.js';
import { ListedLocalAttention } from '../listed-attention.js';
import type { ListedLocalInputs } from './listed-local-attention.js';
import { recordListedLocalAttention } from './listed-local-attention.js';

const backendName = 'onnx-inference';

/** Teaches the inference recorder attention over listed windows, once. */
export function registerListedAttentionRecorder(): void {
  if (tf.getKernel(ListedLocalAttention, backendName) !== undefined) return;
  tf.registerKernel({
    kernelName: ListedLocalAttention,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as RecorderBackend;
      const named = Object.entries(inputs).map(([name, input]) => [name, recorder.recorded(input!)]);
      const { heads } = attrs as unknown as ListedLocalAttentionAttrs;
      const listed = Object.fromEntries(named) as ListedLocalInputs;
      return recorder.register(recordListedLocalAttention(recorder.graph, listed, heads));
    },
  });
}
