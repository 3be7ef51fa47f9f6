import type { RecorderBackend } from '../../src/onnx/recorder/recorder-backend.js';
import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import type { Tensor2D, Tensor3D, TensorInfo } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../attention-op.js';
import { LongformerAttention2D, ProjectedLongformerAttention2D } from '../attention-op.js';
import { Rotary, turnedByOps } from '../rotary.js';
import { windowedAttention } from '../windowed-composition.js';
import { recordLongformerAttention } from './longformer-attention.js';
import { recordProjectedAttention } from './projected-attention.js';
import type { RecordedInputs, RecordedProjectedInputs } from './recorded-inputs.js';
import { recordRotary } from './rotary.js';

const backendName = 'onnx-inference';

/** Teaches the inference recorder the attention op, alone and with its projections, and the rotation of positions; once. */
export function registerAttentionRecorder(): void {
  if (tf.getKernel(LongformerAttention2D, backendName) !== undefined) return;
  tf.registerKernel({
    kernelName: Rotary,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as RecorderBackend;
      const { heads } = attrs as unknown as { heads: number };
      const { x, cos, sin } = inputs as unknown as { x: Tensor3D; cos: Tensor2D; sin: Tensor2D };
      if (!recorder.graph.hasOwnOperators) return recorder.share(turnedByOps(x, { cos, sin }, heads));
      const recorded = { x: recorder.recorded(x), cos: recorder.recorded(cos), sin: recorder.recorded(sin) };
      return recorder.register(recordRotary(recorder.graph, recorded, heads));
    },
  });
  tf.registerKernel({
    kernelName: LongformerAttention2D,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as RecorderBackend;
      const settings = attrs as unknown as LongformerAttentionAttrs;
      // Wrapped windows see padding as keys, which the gathers of the fast form cannot express. No model uses
      // them.
      if (settings.exact === 'cyclic') {
        return recorder.share(windowedAttention(inputs as unknown as LongformerAttentionInputs, settings));
      }
      return recorder.register(
        recordLongformerAttention(recorder.graph, recordedInputs(recorder, inputs), settings),
      );
    },
  });
  tf.registerKernel({
    kernelName: ProjectedLongformerAttention2D,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as RecorderBackend;
      const settings = attrs as unknown as LongformerAttentionAttrs;
      return recorder.register(
        recordProjectedAttention(recorder.graph, recordedInputs(recorder, inputs), settings),
      );
    },
  });
}

function recordedInputs<Inputs extends RecordedInputs | RecordedProjectedInputs>(
  recorder: RecorderBackend,
  inputs: Readonly<Record<string, TensorInfo | undefined>>,
): Inputs {
  const present = Object.entries(inputs).flatMap(([name, input]): [string, Recorded][] =>
    input ? [[name, recorder.recorded(input)]] : [],
  );
  return Object.fromEntries(present) as unknown as Inputs;
}
