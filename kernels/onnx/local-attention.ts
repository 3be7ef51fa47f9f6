import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import { fewestIterations, mostStrips } from '../../src/onnx/recorder/strips.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import type { ChunkGroup, Strip } from './chunk-groups.js';
import { chunkGroups, strips } from './chunk-groups.js';
import { groupBias } from './logit-bias.js';
import type { RecordedInputs } from './recorded-inputs.js';
import { chunkIndices, chunkOrigins } from './token-indices.js';

/**
 * Bytes of gathered keys, gathered values and logits that a strip of chunks may take for each thread that
 * computes it. They are written and read again at once, so they should stay in the processor's cache.
 */
const threadBytes = 2 * 2 ** 20;

/** Chunks that are alike, in parts small enough to compute at once. */
export interface GroupInStrips {
  readonly group: ChunkGroup;
  readonly strips: readonly Strip[];
  /** How many of the strips, from the first on, are computed in a loop. */
  readonly looped: number;
}

export interface StripOptions {
  /** Whether strips may be computed in loops. */
  readonly hasLoops: boolean;
  /** Threads that share a strip. */
  readonly threads: number;
  /** Whether keys and values are the same tensor, which is gathered once. Default false. */
  readonly isOneTensor?: boolean;
}

/** @param headWidth of keys and values */
export function groupsInStrips(
  attrs: LongformerAttentionAttrs,
  headWidth: number,
  { hasLoops, threads, isOneTensor = false }: StripOptions,
): GroupInStrips[] {
  const gathered = (isOneTensor ? 1 : 2) * headWidth;
  const stripBytes = threads * threadBytes;
  return chunkGroups(attrs).map((group) => {
    const keys = attrs.globals + group.keys.length;
    const chunkBytes = 4 * attrs.heads * keys * (gathered + group.queries.length);
    const parts = strips(group, Math.floor(stripBytes / chunkBytes), hasLoops ? Infinity : mostStrips);
    const alike = parts.filter(({ count }) => count === parts[0]!.count).length;
    return { group, strips: parts, looped: hasLoops && alike >= fewestIterations ? alike : 0 };
  });
}

/** A tensor viewed as one row for each head of each token: [B, tokens * heads, head width]. */
interface HeadRows {
  readonly query: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Attention of the local queries of one strip to the keys around them: three gathers (two where keys and values
 * are the same rows), a batched matrix product, a softmax and another product. ONNX Runtime fuses transposition and scaling into the first
 * product.
 *
 * @returns [B, heads, chunks, queries, head width]
 */
function stripAttention(
  graph: GraphBuilder,
  { queries, keys }: StripIndices,
  rows: HeadRows,
  bias: string | undefined,
  headWidth: number,
): string {
  const gather = (values: string, indices: string) => graph.node('Gather', [values, indices], { axis: 1 });
  const query = graph.node('Mul', [gather(rows.query, queries), graph.scalar(headWidth ** -0.5)]);
  const keyColumns = graph.node('Transpose', [gather(rows.key, keys)], { perm: [0, 1, 2, 4, 3] });
  const logits = graph.node('MatMul', [query, keyColumns]);
  const biased = bias ? graph.node('Add', [logits, bias]) : logits;
  const probabilities = graph.node('Softmax', [biased], { axis: -1 });
  return graph.node('MatMul', [probabilities, gather(rows.value, keys)]);
}

/** What of the op's inputs concerns the local queries. */
export type LocalInputs = Pick<RecordedInputs, 'query' | 'key' | 'value' | 'localBias' | 'globalLocalBias'>;

/** Row numbers of a strip's queries, [heads, chunks, queries], and keys, [heads, chunks, G + keys]. */
interface StripIndices {
  readonly queries: string;
  readonly keys: string;
}

/** Tokens of which those from `first` on are the local queries. */
interface Queries {
  readonly tokens: Recorded;
  readonly first: number;
}

/** The tensor that the local queries were cut out of, behind the global ones, if there is one. */
function queriesInPlace(query: Recorded, { globals }: LongformerAttentionAttrs): Queries {
  const { whole, begin } = query.blockOf ?? {};
  const tokens = globals + query.shape[1]!;
  const isBehindGlobals =
    whole !== undefined &&
    String(whole.shape) === String(query.shape.with(1, tokens)) &&
    String(begin) === String([0, globals, 0]);
  return isBehindGlobals ? { tokens: whole, first: globals } : { tokens: query, first: 0 };
}

/**
 * Computed from what chunks have in common, so that the graph does not hold nine indices for every token.
 * @param origins as `chunkOrigins`, [chunks, 1]
 * @param first as of `Queries`
 */
function stripIndices(
  graph: GraphBuilder,
  group: ChunkGroup,
  origins: string,
  first: number,
  attrs: LongformerAttentionAttrs,
): StripIndices {
  const { heads, globals } = attrs;
  const place = `${group.firstRow} ${group.firstColumn} ${first}`;
  const shared = graph.once(`indices ${place} ${JSON.stringify(attrs)}`, () => {
    const { queries, keys } = chunkIndices(group, first, attrs);
    const isLocal = new Int32Array(globals + group.keys.length).fill(1, globals);
    return {
      queries: graph.constant(queries, [heads, 1, group.queries.length]),
      keys: graph.constant(keys, [heads, 1, isLocal.length]),
      isLocal: graph.constant(isLocal, [isLocal.length]),
    };
  });
  const keyOrigins = globals === 0 ? origins : graph.node('Mul', [origins, shared.isLocal]);
  return {
    queries: graph.node('Add', [shared.queries, origins]),
    keys: graph.node('Add', [shared.keys, keyOrigins]),
  };
}

/**
 * The local tokens' half of the op; windows must not be cyclic.
 * @param groups looped only where the batch is a single image
 * @returns outputs of all strips in turn, [B, heads * chunks * queries, head width] each, those of a loop
 * together
 */
export function localAttention(
  graph: GraphBuilder,
  inputs: LocalInputs,
  attrs: LongformerAttentionAttrs,
  groups: readonly GroupInStrips[],
): string[] {
  const channels = inputs.query.shape[2]!;
  const headWidth = channels / attrs.heads;
  const rowShape = graph.integers([0, -1, headWidth]);
  const asRows = ({ name }: Recorded) => graph.node('Reshape', [name, rowShape]);
  const queries = queriesInPlace(inputs.query, attrs);
  const rows = { query: asRows(queries.tokens), key: asRows(inputs.key), value: asRows(inputs.value) };
  return groups.flatMap(({ group, strips, looped }) => {
    const bias = groupBias(graph, group, inputs, attrs);
    const attend = (origins: string) =>
      stripAttention(graph, stripIndices(graph, group, origins, queries.first, attrs), rows, bias, headWidth);
    const single = strips
      .slice(looped)
      .map((strip) => attend(graph.constant(chunkOrigins(strip, attrs), [strip.count, 1])))
      .map((context) => graph.node('Reshape', [context, rowShape]));
    if (looped === 0) return single;
    const length = strips[0]!.count;
    const origins = chunkOrigins({ group, first: 0, count: looped * length }, attrs);
    const table = graph.constant(origins, [looped, length, 1]);
    const stacked = graph.loop(looped, (iteration) =>
      attend(graph.node('Gather', [table, iteration], { axis: 0 })),
    );
    return [graph.node('Reshape', [stacked, graph.integers([1, -1, headWidth])]), ...single];
  });
}
