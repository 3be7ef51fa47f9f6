import { elementCount } from '../../tensor/named-arrays.js';
import type { DataType } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { KnownValues, Recorded } from './recorder-kernel.js';
import { recorded } from './recorder-kernel.js';

/** Uniform constants above this number of elements are spread out by the graph instead of stored in it. */
const storedElements = 256;

/** Records known numbers as a constant of the graph. */
export function recordConstant(
  graph: GraphBuilder,
  values: ArrayLike<number>,
  shape: readonly number[],
  dtype: DataType,
): Recorded {
  const constant = typedValues(values, dtype);
  const isUniform = constant.length > storedElements && constant.every((value) => value === constant[0]);
  const name = isUniform ? spread(graph, constant.subarray(0, 1), shape) : graph.constant(constant, shape);
  return { name, shape, dtype, constant };
}

/** Records a value with the same number everywhere. */
export function recordUniform(
  graph: GraphBuilder,
  value: number,
  shape: readonly number[],
  dtype: DataType,
): Recorded {
  const size = elementCount(shape);
  if (size <= storedElements) return recordConstant(graph, Array(size).fill(value), shape, dtype);
  return recorded(spread(graph, typedValues([value], dtype), shape), shape, dtype);
}

function spread(graph: GraphBuilder, single: KnownValues, shape: readonly number[]): string {
  return graph.node('Expand', [graph.constant(single, []), graph.integers(shape)]);
}

function typedValues(values: ArrayLike<number>, dtype: DataType): KnownValues {
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values);
  if (dtype === 'bool') return values instanceof Uint8Array ? values : Uint8Array.from(values);
  throw new Error(`tensors of type ${dtype} cannot be recorded`);
}
