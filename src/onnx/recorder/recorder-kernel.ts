import type { DataType } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../graph-builder.js';

/** Numbers of a tensor, by its type. */
export type KnownValues = Float32Array | Int32Array | Uint8Array;

/** A tensor during recording: the name of its value in the graph instead of its numbers. */
export interface Recorded {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** The numbers, where they are known at recording time. */
  readonly constant?: KnownValues;
  /** Where the value is a block of a larger one: a kernel may read it there, and spare the copy. */
  readonly blockOf?: { readonly whole: Recorded; readonly begin: readonly number[] };
}

/**
 * Writes one tfjs kernel call as ONNX nodes and returns its outputs, in the order the kernel has them.
 *
 * `Inputs` and `Attrs` are what tfjs documents for the kernel (kernel_names.ts in tfjs-core); optional inputs are absent.
 *
 * @example
 * const exp = kernel<{ x: Recorded }>((graph, { x }) => recorded(graph.node('Exp', [x.name]), x.shape, x.dtype));
 */
export type RecorderKernel<
  Inputs = Readonly<Record<string, Recorded>>,
  Attrs = Readonly<Record<string, unknown>>,
> = (graph: GraphBuilder, inputs: Inputs, attrs: Attrs) => Recorded | readonly Recorded[];

/** Kernels by name, as the files under kernels/ export them. */
export type KernelTable = Readonly<Record<string, RecorderKernel>>;

/** Fixes the types of one kernel's inputs and attributes; tfjs passes them untyped. */
export function kernel<Inputs, Attrs = object>(record: RecorderKernel<Inputs, Attrs>): RecorderKernel {
  return record as unknown as RecorderKernel;
}

/** An output whose numbers are unknown. */
export function recorded(name: string, shape: readonly number[], dtype: DataType = 'float32'): Recorded {
  return { name, shape, dtype };
}
