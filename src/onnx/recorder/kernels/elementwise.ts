import { type DataType, tf } from '../../../tensor/tensor.js';
import type { Attributes } from '../../model.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';
import { castName } from './cast.js';

interface Unary {
  readonly x: Recorded;
}

interface Binary {
  readonly a: Recorded;
  readonly b: Recorded;
}

export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  return shapes.map((shape) => [...shape]).reduce(tf.backend_util.assertAndGetBroadcastShape);
}

const unary = (op: string, attributes: Attributes = {}) =>
  kernel<Unary>((graph, { x }) => recorded(graph.node(op, [x.name], attributes), x.shape, x.dtype));

const binary = (op: string, dtype?: DataType) =>
  kernel<Binary>((graph, { a, b }) =>
    recorded(graph.node(op, [a.name, b.name]), broadcastShape(a.shape, b.shape), dtype ?? a.dtype),
  );

const square = kernel<Unary>((graph, { x }) =>
  recorded(graph.node('Mul', [x.name, x.name]), x.shape, x.dtype),
);

const squaredDifference = kernel<Binary>((graph, { a, b }) => {
  const difference = graph.node('Sub', [a.name, b.name]);
  return recorded(graph.node('Mul', [difference, difference]), broadcastShape(a.shape, b.shape), a.dtype);
});

const rsqrt = kernel<Unary>((graph, { x }) =>
  recorded(graph.node('Reciprocal', [graph.node('Sqrt', [x.name])]), x.shape),
);

const notEqual = kernel<Binary>((graph, { a, b }) =>
  recorded(
    graph.node('Not', [graph.node('Equal', [a.name, b.name])]),
    broadcastShape(a.shape, b.shape),
    'bool',
  ),
);

// 1 where x > 0, alpha elsewhere.
const step = kernel<Unary, { alpha: number }>((graph, { x }, { alpha }) => {
  const isPositive = graph.node('Greater', [x.name, graph.scalar(0)]);
  if (alpha === 0) return recorded(castName(graph, isPositive, 'float32'), x.shape);
  return recorded(graph.node('Where', [isPositive, graph.scalar(1), graph.scalar(alpha)]), x.shape);
});

const clip = kernel<Unary, { clipValueMin: number; clipValueMax: number }>((graph, { x }, attrs) => {
  const limits = [graph.scalar(attrs.clipValueMin), graph.scalar(attrs.clipValueMax)];
  return recorded(graph.node('Clip', [x.name, ...limits]), x.shape);
});

const select = kernel<{ condition: Recorded; t: Recorded; e: Recorded }>((graph, { condition, t, e }) =>
  recorded(
    graph.node('Where', [condition.name, t.name, e.name]),
    broadcastShape(condition.shape, t.shape, e.shape),
    t.dtype,
  ),
);

const addN = kernel<readonly Recorded[]>((graph, inputs) => {
  const [first, ...others] = Object.values(inputs);
  const sum = others.reduce((total, each) => graph.node('Add', [total, each.name]), first!.name);
  return recorded(sum, first!.shape, first!.dtype);
});

/** Kernels that work on each element by itself. */
export const elementwise: KernelTable = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div', 'float32'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  SquaredDifference: squaredDifference,
  AddN: addN,
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  Equal: binary('Equal', 'bool'),
  NotEqual: notEqual,
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  LogicalNot: unary('Not'),
  Select: select,
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Sign: unary('Sign'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Square: square,
  Sqrt: unary('Sqrt'),
  Rsqrt: rsqrt,
  Reciprocal: unary('Reciprocal'),
  Erf: unary('Erf'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Relu: unary('Relu'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Step: step,
  ClipByValue: clip,
};
