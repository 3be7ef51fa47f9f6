import { tf } from '../../../tensor/tensor.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';
import { castName } from './cast.js';

interface Unary {
  readonly x: Recorded;
}

interface ReductionAttrs {
  readonly axis?: number | number[] | null;
  /** What the kernel Max calls its axes. */
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims?: boolean;
}

const reduction = (op: string) =>
  kernel<Unary, ReductionAttrs>((graph, { x }, { axis, reductionIndices, keepDims = false }) => {
    // tfjs reads null as all axes, which its type leaves out.
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices ?? null) as number[], [...x.shape]);
    if (axes.length === 0) return x;
    const name = graph.node(op, [x.name, graph.integers(axes)], { keepdims: Number(keepDims) });
    const kept = x.shape.map((size, dimension) => (axes.includes(dimension) ? 1 : size));
    const shape = keepDims ? kept : x.shape.filter((_, dimension) => !axes.includes(dimension));
    return recorded(name, shape, x.dtype);
  });

const indexOf = (op: string) =>
  kernel<Unary, { axis: number }>((graph, { x }, { axis }) => {
    const index = graph.node(op, [x.name], { axis, keepdims: 0 });
    const shape = x.shape.filter((_, dimension) => dimension !== axis);
    return recorded(castName(graph, index, 'int32'), shape, 'int32');
  });

const softmax = kernel<{ logits: Recorded }, { dim: number }>((graph, { logits }, { dim }) =>
  recorded(graph.node('Softmax', [logits.name], { axis: dim }), logits.shape),
);

const logSoftmax = kernel<{ logits: Recorded }, { axis: number }>((graph, { logits }, { axis }) =>
  recorded(graph.node('LogSoftmax', [logits.name], { axis }), logits.shape),
);

/**
 * The k largest of the last axis and their indices. ONNX prefers the lower index among equals, as tfjs does.
 */
const topK = kernel<Unary, { k: number; sorted: boolean }>((graph, { x }, { k, sorted }) => {
  const attributes = { axis: -1, largest: 1, sorted: Number(sorted) };
  const [values, indices] = graph.nodes('TopK', [x.name, graph.integers([k])], 2, attributes);
  const shape = [...x.shape.slice(0, -1), k];
  return [recorded(values!, shape), recorded(castName(graph, indices!, 'int32'), shape, 'int32')];
});

/** Kernels that combine the elements along some axes. */
export const reductions: KernelTable = {
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  ArgMax: indexOf('ArgMax'),
  ArgMin: indexOf('ArgMin'),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  TopK: topK,
};
