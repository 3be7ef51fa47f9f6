import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import { sliced } from '../../src/onnx/recorder/kernels/shape.js';
import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import { recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { globalAttention } from './global-attention.js';
import type { GroupInStrips, LocalInputs } from './local-attention.js';
import { groupsInStrips, localAttention } from './local-attention.js';
import type { RecordedProjectedInputs } from './recorded-inputs.js';
import { outputOrder } from './token-indices.js';

/**
 * Windowed and global attention with its projections as ONNX nodes for inference. Windows must not be cyclic.
 *
 * Knowing the weights, it computes less than projections and `recordLongformerAttention` would, with results that
 * are equal but for rounding:
 * - where there is one head, q k^T = (x Wq^T + bq) Wk x^T but for a number per query, which the softmax does not
 *   see, and softmax(..) (x Wv^T + bv) Wo^T = softmax(..) x (Wo Wv)^T + Wo bv. So queries and outputs are projected
 *   by products of weights, and the tokens themselves are keys and values: two projections of every token less, and
 *   one gather instead of two;
 * - global queries are few: they are projected back rather than all tokens forth, see `GlobalProjections`.
 *
 * @returns [B, G + rows * columns, C]
 */
export function recordProjectedAttention(
  graph: GraphBuilder,
  inputs: RecordedProjectedInputs,
  attrs: LongformerAttentionAttrs,
): Recorded {
  const [batch, tokens, channels] = inputs.x.shape as [number, number, number];
  const { heads, globals } = attrs;
  const isMerged = heads === 1;
  const groups = groupsInStrips(attrs, channels / heads, {
    hasLoops: graph.hasLoops && batch === 1,
    threads: graph.threads,
    isOneTensor: isMerged,
  });
  const own = projections(graph, inputs);
  const local = localAttention(graph, localInputs(graph, inputs, own, attrs), attrs, groups);
  if (globals === 0) {
    const context = inOrder(graph, local, groups, attrs, inputs.x);
    return linear(graph, context, outputLayer(graph, own, isMerged));
  }
  const isShared = inputs.queryGlobalWeight === undefined;
  const far = isShared ? own : globalProjections(graph, inputs);
  const seen = globalContext(graph, inputs, far, attrs);
  if (isShared) {
    const context = inOrder(graph, [seen, ...local], groups, attrs, inputs.x);
    return linear(graph, context, outputLayer(graph, own, isMerged));
  }
  const count = { ...inputs.x, shape: [batch, tokens - globals, channels] };
  // Without global tokens in front, the strips' outputs are in the order of the local tokens alone.
  const context = inOrder(graph, local, groups, { ...attrs, globals: 0 }, count);
  const ofGlobals = inOrder(
    graph,
    [seen],
    [],
    { ...attrs, rows: 0, columns: 0 },
    {
      ...inputs.x,
      shape: [batch, globals, channels],
    },
  );
  const parts = [
    linear(graph, ofGlobals, outputLayer(graph, far, isMerged)),
    linear(graph, context, outputLayer(graph, own, isMerged)),
  ];
  const names = parts.map(({ name }) => name);
  return recorded(graph.node('Concat', names, { axis: 1 }), [batch, tokens, channels]);
}

/** A linear layer: names of its weights, [C in, C out], and of its bias. */
interface Layer {
  readonly columns: string;
  readonly bias: string;
}

/** Weights are [C out, C in]. */
interface Projection {
  readonly weight: string;
  readonly bias: string;
}

/** The four projections of one kind of query. */
interface Projections {
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
  readonly output: Projection;
}

function projections(graph: GraphBuilder, inputs: RecordedProjectedInputs): Projections {
  const { queryWeight, queryBias, keyValueWeight, keyValueBias, outputWeight, outputBias } = inputs;
  return split(graph, [queryWeight, queryBias], [keyValueWeight, keyValueBias], [outputWeight, outputBias]);
}

function globalProjections(graph: GraphBuilder, inputs: RecordedProjectedInputs): Projections {
  return split(
    graph,
    [inputs.queryGlobalWeight!, inputs.queryGlobalBias!],
    [inputs.keyValueGlobalWeight!, inputs.keyValueGlobalBias!],
    [inputs.outputGlobalWeight!, inputs.outputGlobalBias!],
  );
}

type Pair = readonly [weight: Recorded, bias: Recorded];

function split(graph: GraphBuilder, query: Pair, keyValue: Pair, output: Pair): Projections {
  const pair = ([weight, bias]: Pair) => ({ weight: weight.name, bias: bias.name });
  const channels = query[0].shape[0]!;
  const halves = keyValue.map(({ name }) =>
    graph.nodes('Split', [name, graph.integers([channels, channels])], 2, { axis: 0 }),
  ) as [readonly string[], readonly string[]];
  const half = (at: number) => ({ weight: halves[0][at]!, bias: halves[1][at]! });
  return { query: pair(query), key: half(0), value: half(1), output: pair(output) };
}

function layer(graph: GraphBuilder, { weight, bias }: Projection): Layer {
  return { columns: graph.node('Transpose', [weight], { perm: [1, 0] }), bias };
}

/** What queries are read from, and the keys and values beside them. */
function localInputs(
  graph: GraphBuilder,
  inputs: RecordedProjectedInputs,
  { query, key, value }: Projections,
  { heads, globals }: LongformerAttentionAttrs,
): LocalInputs {
  const { x, localBias, globalLocalBias } = inputs;
  const isMerged = heads === 1;
  const toQueries = layer(graph, query);
  const merged: Layer = {
    columns: graph.node('MatMul', [toQueries.columns, key.weight]),
    bias: graph.node('MatMul', [query.bias, key.weight]),
  };
  // Of all tokens, global ones too: they are read where they are.
  const queries = linear(graph, x, isMerged ? merged : toQueries);
  const begin = [0, globals, 0];
  const size = [x.shape[0]!, x.shape[1]! - globals, x.shape[2]!];
  return {
    query: sliced(graph, queries, begin, size),
    key: isMerged ? x : linear(graph, x, layer(graph, key)),
    value: isMerged ? x : linear(graph, x, layer(graph, value)),
    localBias,
    globalLocalBias,
  };
}

/** What the global queries gather, [B, heads * G, head width]; where there is one head, not yet projected. */
function globalContext(
  graph: GraphBuilder,
  inputs: RecordedProjectedInputs,
  { query, key, value }: Projections,
  attrs: LongformerAttentionAttrs,
): string {
  const { x, globalLocalBias, globalGlobalBias } = inputs;
  const [batch, , channels] = x.shape as [number, number, number];
  const first = sliced(graph, x, [0, 0, 0], [batch, attrs.globals, channels]);
  const queryGlobal = linear(graph, first, layer(graph, query));
  const tables = { globalLocalBias, globalGlobalBias };
  return globalAttention(graph, { ...tables, queryGlobal, keyGlobal: x, valueGlobal: x }, attrs, {
    keyWeight: key.weight,
    value: attrs.heads === 1 ? undefined : layer(graph, value),
  });
}

/** @param isMerged whether the values have not been projected yet */
function outputLayer(graph: GraphBuilder, { value, output }: Projections, isMerged: boolean): Layer {
  const { columns, bias } = layer(graph, output);
  if (!isMerged) return { columns, bias };
  return {
    columns: graph.node('MatMul', [layer(graph, value).columns, columns]),
    bias: graph.node('Add', [graph.node('MatMul', [value.bias, columns]), bias]),
  };
}

/** Puts outputs of the strips, and of the global queries before them, into the order of the tokens. */
function inOrder(
  graph: GraphBuilder,
  parts: readonly string[],
  groups: readonly GroupInStrips[],
  attrs: LongformerAttentionAttrs,
  { shape }: Recorded,
): Recorded {
  const [, tokens, channels] = shape as [number, number, number];
  const strips = groups.flatMap((group) => group.strips);
  const order = graph.constant(outputOrder(strips, attrs), [tokens * attrs.heads]);
  const together = graph.node('Concat', parts, { axis: 1 });
  const ordered = graph.node('Gather', [together, order], { axis: 1 });
  return recorded(graph.node('Reshape', [ordered, graph.integers([0, tokens, channels])]), shape);
}

/** x W^T + b of every token. */
function linear(graph: GraphBuilder, { name, shape }: Recorded, { columns, bias }: Layer): Recorded {
  const [batch, tokens, channels] = shape as [number, number, number];
  // As a matrix, for which ONNX Runtime makes one node of product and sum.
  const rows = graph.node('Reshape', [name, graph.integers([batch * tokens, channels])]);
  const sum = graph.node('Add', [graph.node('MatMul', [rows, columns]), bias]);
  return recorded(graph.node('Reshape', [sum, graph.integers([batch, tokens, channels])]), shape);
}
