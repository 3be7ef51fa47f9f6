import '@tensorflow/tfjs';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeModel } from '../../../src/onnx/encode-model.js';
import type { OnnxGraph } from '../../../src/onnx/model.js';
import type { Recording, RecordOptions } from '../../../src/onnx/recorder/record.js';
import { record } from '../../../src/onnx/recorder/record.js';
import type { RecorderName } from '../../../src/onnx/recorder/register.js';
import type { Tensor } from '../../../src/tensor/tensor.js';
import { tf } from '../../../src/tensor/tensor.js';

export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type TensorFunction = (...inputs: Tensor[]) => Tensor | Tensor[];

/** Records a function of tensors as a graph with inputs x0, x1, ... and outputs y0, y1, ... */
export function recordFunction(
  compute: TensorFunction,
  shapes: readonly (readonly number[])[],
  recorder: RecorderName = 'onnx-training',
  options: RecordOptions = {},
): OnnxGraph {
  const body = ({ input }: Recording) => {
    const outputs = [compute(...shapes.map((shape, index) => input(`x${index}`, shape)))].flat();
    return Object.fromEntries(outputs.map((output, index) => [`y${index}`, output]));
  };
  return record(recorder, 'test', body, options);
}

/** Runs a recorded graph in ONNX Runtime on inputs by name; those that the graph does not declare are left out. */
export async function runNamedGraph(
  graph: OnnxGraph,
  inputs: Readonly<Record<string, NumberArray>>,
): Promise<Record<string, NumberArray>> {
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
  const feeds = graph.inputs.map(({ name }) => {
    const { data, shape } = inputs[name]!;
    return [name, new OrtTensor('float32', data, shape)] as const;
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  const arrays = graph.outputs.map(({ name }) => {
    const { dims, data } = outputs[name]!;
    return [name, { shape: dims, data: Float32Array.from(data as Float32Array) }] as const;
  });
  return Object.fromEntries(arrays);
}

/** Runs a graph from `recordFunction`. */
export async function runGraph(graph: OnnxGraph, inputs: readonly NumberArray[]): Promise<NumberArray[]> {
  const named = Object.fromEntries(inputs.map((input, index) => [`x${index}`, input]));
  return Object.values(await runNamedGraph(graph, named));
}

/** What a function of tensors gives on tfjs-cpu. */
export function runEagerly(compute: TensorFunction, inputs: readonly NumberArray[]): NumberArray[] {
  return tf.tidy(() =>
    [compute(...inputs.map(({ data, shape }) => tf.tensor(data, [...shape])))].flat().map((output) => ({
      shape: output.shape,
      data: Float32Array.from(output.dataSync()),
    })),
  ) as unknown as NumberArray[];
}

/** Largest difference, relative to the larger of 1 and the largest expected magnitude. */
export function largestError(actual: NumberArray, expected: NumberArray): number {
  const scale = expected.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  return actual.data.reduce((worst, value, index) => {
    const error = Math.abs(value - expected.data[index]!) / scale;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}

/** Reproducible numbers in [low, high). */
export function numbers(shape: readonly number[], seed: number, low = -1, high = 1): NumberArray {
  const values = tf.tidy(() => tf.randomUniform([...shape], low, high, 'float32', seed).dataSync());
  return { shape, data: Float32Array.from(values) };
}
