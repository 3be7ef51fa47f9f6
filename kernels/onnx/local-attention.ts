import type { GraphBuilder } from '../../src/engine/onnx/graph-builder.js';
import type { LongformerAttentionAttrs } from '../longformer-attention.js';
import type { ChunkGroup } from './chunk-groups.js';
import { chunkGroups, strips } from './chunk-groups.js';
import { groupBias } from './logit-bias.js';
import type { RecordedInputs } from './recorded-inputs.js';
import { groupIndices, rowShift } from './token-indices.js';

/**
 * Bytes of gathered keys, gathered values and logits that a strip of chunks may take. They are written and read again
 * at once, so they should stay in the last-level cache; smaller strips only add nodes.
 */
const stripBytes = 16 * 2 ** 20;

/** Chunks that are alike, in parts small enough to compute at once. */
export interface GroupInStrips {
  readonly group: ChunkGroup;
  readonly strips: readonly ChunkGroup[];
}

export function groupsInStrips(attrs: LongformerAttentionAttrs, headWidth: number): GroupInStrips[] {
  return chunkGroups(attrs).map((group) => {
    const keys = attrs.globals + group.keys.length;
    const chunkBytes = 4 * attrs.heads * keys * (2 * headWidth + group.queries.length);
    return { group, strips: strips(group, Math.floor(stripBytes / chunkBytes)) };
  });
}

/** A tensor viewed as one row for each head of each token: [B, tokens * heads, head width]. */
interface HeadRows {
  readonly query: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Attention of the local queries of one strip to the keys around them: three gathers, a batched matrix product, a
 * softmax and another product. ONNX Runtime fuses transposition and scaling into the first product.
 *
 * @returns [B, heads * chunks * queries, head width]
 */
function stripAttention(
  graph: GraphBuilder,
  strip: ChunkGroup,
  rows: HeadRows,
  bias: string | undefined,
  attrs: LongformerAttentionAttrs,
  headWidth: number,
): string {
  const { queries, keys } = stripIndices(graph, strip, attrs);
  const gather = (values: string, indices: string) => graph.node('Gather', [values, indices], { axis: 1 });
  const query = graph.node('Mul', [gather(rows.query, queries), graph.scalar(headWidth ** -0.5)]);
  const keyColumns = graph.node('Transpose', [gather(rows.key, keys)], { perm: [0, 1, 2, 4, 3] });
  const logits = graph.node('MatMul', [query, keyColumns]);
  const biased = bias ? graph.node('Add', [logits, bias]) : logits;
  const probabilities = graph.node('Softmax', [biased], { axis: -1 });
  const context = graph.node('MatMul', [probabilities, gather(rows.value, keys)]);
  return graph.node('Reshape', [context, graph.integers([0, -1, headWidth])]);
}

interface StripIndices {
  readonly queries: string;
  readonly keys: string;
}

function stripIndices(graph: GraphBuilder, strip: ChunkGroup, attrs: LongformerAttentionAttrs): StripIndices {
  const { firstRow, rows, firstColumn, columns } = strip;
  const place = [firstRow, rows, firstColumn, columns].join();
  return graph.once(`indices ${place} ${JSON.stringify(attrs)}`, () => newIndices(graph, strip, attrs));
}

function newIndices(graph: GraphBuilder, strip: ChunkGroup, attrs: LongformerAttentionAttrs): StripIndices {
  const { heads, globals } = attrs;
  const chunks = strip.rows * strip.columns;
  const indices = groupIndices(strip, attrs);
  const queries = graph.constant(indices.queries, [heads, chunks, strip.queries.length]);
  const keys = graph.constant(indices.keys, [heads, chunks, globals + strip.keys.length]);
  const shift = rowShift(strip, attrs);
  if (shift === 0) return { queries, keys };
  // Computed from shared constants, so that the graph does not hold nine indices for every token.
  const keyShift = new Int32Array(globals + strip.keys.length).fill(shift, globals);
  return {
    queries: graph.node('Add', [queries, graph.constant(Int32Array.of(shift), [])]),
    keys: graph.node('Add', [keys, graph.constant(keyShift, [keyShift.length])]),
  };
}

/**
 * The local tokens' half of the op, `exact` 0 or 1.
 * @returns for each strip in turn its outputs, [B, heads * chunks * queries, head width]
 */
export function localAttention(
  graph: GraphBuilder,
  inputs: RecordedInputs,
  attrs: LongformerAttentionAttrs,
  groups: readonly GroupInStrips[],
): string[] {
  const channels = inputs.query.shape[2]!;
  const headWidth = channels / attrs.heads;
  const rowShape = graph.integers([0, -1, headWidth]);
  const asRows = (name: 'query' | 'key' | 'value') => graph.node('Reshape', [inputs[name].name, rowShape]);
  const rows = { query: asRows('query'), key: asRows('key'), value: asRows('value') };
  return groups.flatMap(({ group, strips }) => {
    const bias = groupBias(graph, group, inputs, attrs);
    return strips.map((strip) => stripAttention(graph, strip, rows, bias, attrs, headWidth));
  });
}
