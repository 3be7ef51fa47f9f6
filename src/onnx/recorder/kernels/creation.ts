import type { DataType } from '../../../tensor/tensor.js';
import { recordConstant, recordUniform } from '../constants.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel } from '../recorder-kernel.js';

interface RangeAttrs {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly dtype: DataType;
}

/** Kernels that make tensors from attributes alone. */
export const creation: KernelTable = {
  Fill: kernel<object, { shape: number[]; value: number; dtype?: DataType }>(
    (graph, _, { shape, value, dtype }) => recordUniform(graph, value, shape, dtype ?? 'float32'),
  ),
  ZerosLike: kernel<{ x: Recorded }>((graph, { x }) => recordUniform(graph, 0, x.shape, x.dtype)),
  OnesLike: kernel<{ x: Recorded }>((graph, { x }) => recordUniform(graph, 1, x.shape, x.dtype)),
  Range: kernel<object, RangeAttrs>((graph, _, { start, stop, step, dtype }) => {
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const values = Array.from({ length: count }, (_unused, index) => start + index * step);
    return recordConstant(graph, values, [count], dtype);
  }),
};
