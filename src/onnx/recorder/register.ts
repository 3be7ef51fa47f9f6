import type { KernelBackend } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import { registerFusedGradients } from './fused-gradients.js';
import { casts } from './kernels/cast.js';
import { convolution } from './kernels/convolution.js';
import { creation } from './kernels/creation.js';
import { elementwise } from './kernels/elementwise.js';
import { gatherScatter } from './kernels/gather-scatter.js';
import { geluKernels } from './kernels/gelu.js';
import { layerNormKernels } from './kernels/layer-norm.js';
import { matmul } from './kernels/matmul.js';
import { mlpKernels } from './kernels/mlp.js';
import { reductions } from './kernels/reductions.js';
import { shape } from './kernels/shape.js';
import { RecorderBackend } from './recorder-backend.js';
import type { KernelTable, Recorded, RecorderKernel } from './recorder-kernel.js';

/**
 * The two recorders: for inference, fused kernels without a gradient may be registered; for training,
 * everything recorded is differentiated first.
 */
export const recorderNames = ['onnx-inference', 'onnx-training'] as const;
export type RecorderName = (typeof recorderNames)[number];

const tables: readonly KernelTable[] = [
  casts,
  convolution,
  creation,
  elementwise,
  gatherScatter,
  geluKernels,
  layerNormKernels,
  matmul,
  reductions,
  shape,
];

let isRegistered = false;

/** Registers the recorders with tfjs, once. */
export function registerRecorders(): void {
  if (isRegistered) return;
  isRegistered = true;
  // Priority 0: never chosen as the default backend.
  for (const name of recorderNames) tf.registerBackend(name, () => new RecorderBackend(), 0);
  for (const backendName of recorderNames) {
    tf.registerKernel({
      kernelName: 'Identity',
      backendName,
      kernelFunc: ({ inputs, backend }) => asRecorder(backend as KernelBackend).share(inputs.x!),
    });
  }
  registerFusedGradients();
  for (const table of tables) {
    for (const [name, record] of Object.entries(table)) registerRecorderKernel(name, record);
  }
  for (const [name, record] of Object.entries(mlpKernels)) {
    registerRecorderKernel(name, record, ['onnx-inference']);
  }
}

/**
 * Teaches the recorders a kernel.
 * @param name the tfjs kernel's name
 * @param backends `['onnx-inference']` for kernels that have no gradient
 */
export function registerRecorderKernel(
  name: string,
  record: RecorderKernel,
  backends: readonly RecorderName[] = recorderNames,
): void {
  for (const backendName of backends) {
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const recorder = asRecorder(backend as KernelBackend);
        const outputs = record(recorder.graph, recordedInputs(recorder, inputs), { ...attrs });
        if ('name' in outputs) return recorder.register(outputs);
        return outputs.map((output) => recorder.register(output));
      },
    });
  }
}

function asRecorder(backend: KernelBackend): RecorderBackend {
  if (backend instanceof RecorderBackend) return backend;
  throw new Error('a recorder kernel was called on another backend');
}

type NamedTensorInfos = Parameters<Parameters<typeof tf.registerKernel>[0]['kernelFunc']>[0]['inputs'];

function recordedInputs(recorder: RecorderBackend, inputs: NamedTensorInfos): Record<string, Recorded> {
  // tfjs passes optional inputs that are absent as undefined.
  const present = Object.entries(inputs).flatMap(([name, input]) =>
    input ? [[name, recorder.recorded(input)] as const] : [],
  );
  return Object.fromEntries(present);
}
