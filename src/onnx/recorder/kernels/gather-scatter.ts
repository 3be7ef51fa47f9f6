import type { DataType } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';
import type { GraphBuilder } from '../../graph-builder.js';
import { recordUniform } from '../constants.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';
import { castName } from './cast.js';

interface GatherInputs {
  readonly x: Recorded;
  readonly indices: Recorded;
}

/** Indices as the 64-bit integers that ONNX asks for. */
function longIndices(graph: GraphBuilder, indices: Recorded): string {
  if (indices.constant === undefined) return castName(graph, indices.name, 'int64');
  return graph.constant(BigInt64Array.from([...indices.constant], BigInt), indices.shape);
}

/** Rows of each sample by its own indices: x [batch, n, ...], indices [batch, k]. */
function batchGather(graph: GraphBuilder, x: Recorded, indices: Recorded, batchDims: number): Recorded {
  if (batchDims !== 1 || indices.shape.length !== 2) {
    throw new Error('GatherV2 with more than one batch dimension cannot be recorded');
  }
  const column = graph.node('Unsqueeze', [longIndices(graph, indices), graph.integers([2])]);
  const name = graph.node('GatherND', [x.name, column], { batch_dims: 1 });
  return recorded(name, [...indices.shape, ...x.shape.slice(2)], x.dtype);
}

const gather = kernel<GatherInputs, { axis: number; batchDims: number }>((graph, { x, indices }, attrs) => {
  if (attrs.batchDims !== 0) return batchGather(graph, x, indices, attrs.batchDims);
  const axis = tf.util.parseAxisParam(attrs.axis, [...x.shape])[0]!;
  const name = graph.node('Gather', [x.name, indices.name], { axis });
  return recorded(name, x.shape.toSpliced(axis, 1, ...indices.shape), x.dtype);
});

const gatherNd = kernel<{ params: Recorded; indices: Recorded }>((graph, { params, indices }) => {
  const name = graph.node('GatherND', [params.name, longIndices(graph, indices)]);
  const rest = params.shape.slice(indices.shape.at(-1));
  return recorded(name, [...indices.shape.slice(0, -1), ...rest], params.dtype);
});

/** Adds rows of `updates` into zeros of the given shape, at `indices` [rows..., depth]. */
function scatterAdd(
  graph: GraphBuilder,
  indices: string,
  updates: Recorded,
  shape: readonly number[],
): Recorded {
  const zeros = recordUniform(graph, 0, shape, updates.dtype).name;
  return recorded(
    graph.node('ScatterND', [zeros, indices, updates.name], { reduction: 'add' }),
    shape,
    updates.dtype,
  );
}

const scatterNd = kernel<{ indices: Recorded; updates: Recorded }, { shape: number[] }>(
  (graph, { indices, updates }, { shape }) => scatterAdd(graph, longIndices(graph, indices), updates, shape),
);

const unsortedSegmentSum = kernel<{ x: Recorded; segmentIds: Recorded }, { numSegments: number }>(
  (graph, { x, segmentIds }, { numSegments }) => {
    const column = graph.integers([...segmentIds.shape, 1]);
    const indices = graph.node('Reshape', [longIndices(graph, segmentIds), column]);
    return scatterAdd(graph, indices, x, [numSegments, ...x.shape.slice(segmentIds.shape.length)]);
  },
);

interface OneHotAttrs {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype: DataType;
}

const oneHot = kernel<{ indices: Recorded }, OneHotAttrs>((graph, { indices }, attrs) => {
  const values = graph.constant(Float32Array.of(attrs.offValue, attrs.onValue), [2]);
  const name = graph.node('OneHot', [longIndices(graph, indices), graph.integers([attrs.depth]), values], {
    axis: -1,
  });
  const shape = [...indices.shape, attrs.depth];
  if (attrs.dtype === 'float32') return recorded(name, shape);
  return recorded(castName(graph, name, attrs.dtype as 'int32'), shape, attrs.dtype);
});

/** Kernels that read or add at indices. */
export const gatherScatter: KernelTable = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: oneHot,
};
