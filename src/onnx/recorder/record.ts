import { runOnBackend } from '../../tensor/run-on-backend.js';
import type { DataType, Tensor } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import type { GraphTarget } from '../graph-builder.js';
import { GraphBuilder } from '../graph-builder.js';
import type { ElementType, ExternalLocation, OnnxGraph } from '../model.js';
import type { RecorderBackend } from './recorder-backend.js';
import { recorded } from './recorder-kernel.js';
import type { RecorderName } from './register.js';
import { registerRecorders } from './register.js';

/** Makes the tensors that a recorded function starts from. */
export interface Recording {
  /** A graph input. Bytes are integers to tensor functions. */
  input(name: string, shape: readonly number[], type?: 'float32' | 'uint8' | 'int32'): Tensor;
  /** A constant whose bytes lie in an external file. */
  external(name: string, shape: readonly number[], location: ExternalLocation): Tensor;
}

export type RecordOptions = GraphTarget;

/**
 * Runs tensor code on a recorder and returns what it did as an ONNX graph.
 *
 * Works on any function of tfjs tensors, gradients included, as long as it needs no tensor's values.
 * Tensors that `body` makes from numbers become constants of the graph.
 *
 * @param body returns the graph's outputs by name
 * @throws Error naming the kernel when `body` uses one that the recorder does not know
 */
export function record(
  recorder: RecorderName,
  graphName: string,
  body: (recording: Recording) => Readonly<Record<string, Tensor>>,
  target: RecordOptions = {},
): OnnxGraph {
  registerRecorders();
  const graph = new GraphBuilder(target);
  runOnBackend(recorder, () => {
    const backend = tf.backend() as RecorderBackend;
    backend.recordTo(graph, () => {
      tf.tidy(() => {
        const outputs = explainUnknownKernels(() => body(recordingOf(graph, backend)));
        for (const [name, tensor] of Object.entries(outputs)) {
          const value = backend.recorded(tensor);
          graph.output(name, value.name, value.dtype as ElementType, value.shape);
        }
      });
    });
  });
  return graph.build(graphName);
}

function recordingOf(graph: GraphBuilder, backend: RecorderBackend): Recording {
  const dtype: DataType & ElementType = 'float32';
  return {
    input: (name, shape, type = dtype) =>
      backend.tensor(recorded(graph.input(name, type, shape), shape, type === dtype ? dtype : 'int32')),
    external: (name, shape, location) =>
      backend.tensor(recorded(graph.external(name, dtype, shape, location), shape, dtype)),
  };
}

function explainUnknownKernels<Result>(body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    const kernelName = /Kernel '([^']+)' not registered/.exec(String(error))?.[1];
    if (kernelName === undefined) throw error;
    throw new Error(
      `the recorder does not know the kernel ${kernelName}; add it to src/onnx/recorder/kernels ` +
        'or register it with registerRecorderKernel',
      { cause: error },
    );
  }
}
