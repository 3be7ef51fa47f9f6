import { tf } from '../../../tensor/tensor.js';
import type { GraphBuilder } from '../../graph-builder.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';
import { broadcastShape } from './elementwise.js';

interface Unary {
  readonly x: Recorded;
}

/** The same elements in another shape. */
export function reshaped(graph: GraphBuilder, x: Recorded, shape: readonly number[]): Recorded {
  const isSame = shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]);
  if (isSame) return x;
  return recorded(graph.node('Reshape', [x.name, graph.integers(shape)]), shape, x.dtype);
}

/** A block of a value; `begin` and `size` are given for every axis. */
export function sliced(
  graph: GraphBuilder,
  x: Recorded,
  begin: readonly number[],
  size: readonly number[],
): Recorded {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => size[axis] !== x.shape[axis]);
  if (axes.length === 0) return x;
  const starts = graph.integers(axes.map((axis) => begin[axis]!));
  const ends = graph.integers(axes.map((axis) => begin[axis]! + size[axis]!));
  const name = graph.node('Slice', [x.name, starts, ends, graph.integers(axes)]);
  return { ...recorded(name, size, x.dtype), blockOf: { whole: x, begin } };
}

const reshape = kernel<Unary, { shape: number[] }>((graph, { x }, { shape }) =>
  reshaped(graph, x, tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape([...x.shape]))),
);

const expandDims = kernel<{ input: Recorded }, { dim: number }>((graph, { input }, { dim }) =>
  reshaped(graph, input, input.shape.toSpliced(dim < 0 ? input.shape.length + dim + 1 : dim, 0, 1)),
);

const transpose = kernel<Unary, { perm: number[] }>((graph, { x }, { perm }) => {
  if (perm.every((from, to) => from === to)) return x;
  const shape = perm.map((axis) => x.shape[axis]!);
  // Moving axes of size 1 moves no element.
  const moving = perm.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, index) => index === 0 || axis > moving[index - 1]!))
    return reshaped(graph, x, shape);
  return recorded(graph.node('Transpose', [x.name], { perm }), shape, x.dtype);
});

const concat = kernel<readonly Recorded[], { axis: number }>((graph, inputs, attrs) => {
  const parts = Object.values(inputs).filter((part) => !part.shape.includes(0));
  const first = parts[0] ?? Object.values(inputs)[0]!;
  if (parts.length < 2) return first;
  const axis = tf.util.parseAxisParam(attrs.axis, [...first.shape])[0]!;
  const shape = first.shape.with(
    axis,
    parts.reduce((sum, part) => sum + part.shape[axis]!, 0),
  );
  return recorded(
    graph.node(
      'Concat',
      parts.map((part) => part.name),
      { axis },
    ),
    shape,
    first.dtype,
  );
});

const splitV = kernel<Unary, { numOrSizeSplits: number | number[]; axis: number }>((graph, { x }, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis, [...x.shape])[0]!;
  const sizes = splitSizes(attrs.numOrSizeSplits, x.shape[axis]!);
  const names = graph.nodes('Split', [x.name, graph.integers(sizes)], sizes.length, { axis });
  return names.map((name, index) => recorded(name, x.shape.with(axis, sizes[index]!), x.dtype));
});

function splitSizes(numberOrSizes: number | number[], total: number): number[] {
  if (typeof numberOrSizes === 'number') return Array(numberOrSizes).fill(total / numberOrSizes);
  const known = numberOrSizes.filter((size) => size >= 0).reduce((sum, size) => sum + size, 0);
  return numberOrSizes.map((size) => (size < 0 ? total - known : size));
}

const slice = kernel<Unary, { begin: number | number[]; size: number | number[] }>((graph, { x }, attrs) => {
  const begin = typeof attrs.begin === 'number' ? [attrs.begin] : attrs.begin;
  const size = typeof attrs.size === 'number' ? [attrs.size] : attrs.size;
  const begins = x.shape.map((_, axis) => begin[axis] ?? 0);
  const sizes = x.shape.map((full, axis) => {
    const wanted = size[axis] ?? -1;
    return wanted < 0 ? full - begins[axis]! : wanted;
  });
  return sliced(graph, x, begins, sizes);
});

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

const stridedSlice = kernel<Unary, StridedSliceAttrs>((graph, { x }, attrs) => {
  const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
    [...x.shape],
    attrs.begin,
    attrs.end,
    attrs.strides,
    attrs.beginMask,
    attrs.endMask,
    attrs.ellipsisMask,
    attrs.newAxisMask,
    attrs.shrinkAxisMask,
  );
  // An axis walked backwards to its start ends before index 0, which ONNX writes as a very negative number.
  const ends = end.map((stop) => (stop < 0 ? -(2 ** 31) : stop));
  const limits = [begin, ends, begin.map((_, axis) => axis), strides].map((values) => graph.integers(values));
  const name = graph.node('Slice', [x.name, ...limits]);
  const shape = graph.integers(finalShape);
  return recorded(graph.node('Reshape', [name, shape]), finalShape, x.dtype);
});

const padV2 = kernel<Unary, { paddings: [number, number][]; constantValue: number }>(
  (graph, { x }, { paddings, constantValue }) => {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
    const pads = graph.integers([
      ...paddings.map(([before]) => before),
      ...paddings.map(([, after]) => after),
    ]);
    const value = constantValue === 0 ? [] : [graph.scalar(constantValue)];
    const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
    return recorded(graph.node('Pad', [x.name, pads, ...value]), shape, x.dtype);
  },
);

const tile = kernel<Unary, { reps: number[] }>((graph, { x }, { reps }) => {
  const shape = x.shape.map((size, axis) => size * reps[axis]!);
  if (reps.every((count) => count === 1)) return x;
  return recorded(graph.node('Tile', [x.name, graph.integers(reps)]), shape, x.dtype);
});

const broadcastTo = kernel<Unary, { shape: number[] }>((graph, { x }, { shape }) =>
  recorded(graph.node('Expand', [x.name, graph.integers(shape)]), broadcastShape(x.shape, shape), x.dtype),
);

const reverse = kernel<Unary, { dims: number | number[] }>((graph, { x }, { dims }) => {
  const axes = tf.util.parseAxisParam(dims, [...x.shape]);
  const limits = [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes, axes.map(() => -1)];
  const inputs = limits.map((values) => graph.integers(values));
  return recorded(graph.node('Slice', [x.name, ...inputs]), x.shape, x.dtype);
});

const pack = kernel<readonly Recorded[], { axis: number }>((graph, inputs, attrs) => {
  const parts = Object.values(inputs);
  const first = parts[0]!;
  const axis = attrs.axis < 0 ? attrs.axis + first.shape.length + 1 : attrs.axis;
  const expanded = parts.map((part) => reshaped(graph, part, part.shape.toSpliced(axis, 0, 1)).name);
  const shape = first.shape.toSpliced(axis, 0, parts.length);
  return recorded(graph.node('Concat', expanded, { axis }), shape, first.dtype);
});

const unpack = kernel<{ value: Recorded }, { axis: number }>((graph, { value }, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis, [...value.shape])[0]!;
  const count = value.shape[axis]!;
  const names = graph.nodes('Split', [value.name, graph.integers(Array(count).fill(1))], count, { axis });
  const part = value.shape.with(axis, 1);
  return names.map((name) => reshaped(graph, recorded(name, part, value.dtype), part.toSpliced(axis, 1)));
});

/** Kernels that move elements or change the shape around them. */
export const shape: KernelTable = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Concat: concat,
  SplitV: splitV,
  Slice: slice,
  StridedSlice: stridedSlice,
  PadV2: padV2,
  Tile: tile,
  BroadcastTo: broadcastTo,
  Reverse: reverse,
  Pack: pack,
  Unpack: unpack,
};
