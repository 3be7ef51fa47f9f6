import type { GraphBuilder } from '../../onnx/graph-builder.js';
import type { DataType } from '../../tensor.js';
import { tf } from '../../tensor.js';
import { constantValue } from '../recorder-backend.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

/** Uniform constants above this number of elements are made by the graph instead of stored in it. */
const storedElements = 256;

/** A value with the same number everywhere. */
export function filled(
  graph: GraphBuilder,
  value: number,
  shape: readonly number[],
  dtype: DataType,
): Recorded {
  const size = tf.util.sizeFromShape([...shape]);
  if (size <= storedElements) return constantValue(graph, Array(size).fill(value), shape, dtype);
  const scalar = constantValue(graph, [value], [], dtype).name;
  return recorded(graph.node('Expand', [scalar, graph.integers(shape)]), shape, dtype);
}

interface RangeAttrs {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly dtype: DataType;
}

/** Kernels that make tensors from attributes alone. */
export const creation: KernelTable = {
  Fill: kernel<object, { shape: number[]; value: number; dtype?: DataType }>(
    (graph, _, { shape, value, dtype }) => filled(graph, value, shape, dtype ?? 'float32'),
  ),
  ZerosLike: kernel<{ x: Recorded }>((graph, { x }) => filled(graph, 0, x.shape, x.dtype)),
  OnesLike: kernel<{ x: Recorded }>((graph, { x }) => filled(graph, 1, x.shape, x.dtype)),
  Range: kernel<object, RangeAttrs>((graph, _, { start, stop, step, dtype }) => {
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const values = Array.from({ length: count }, (_unused, index) => start + index * step);
    return constantValue(graph, values, [count], dtype);
  }),
};
