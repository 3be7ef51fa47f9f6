import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { MASKED } from '../window-mask.js';
import type { ChunkGroup } from './chunk-groups.js';
import type { RecordedInputs } from './recorded-inputs.js';

type BiasTables = Pick<RecordedInputs, 'localBias' | 'globalLocalBias'>;

/**
 * What is added to the logits of all chunks of a group: relative position bias, and the mask of keys that are not
 * seen: where `exact` is "distance", those more than w rows or columns away. Depends on weights alone, so ONNX Runtime
 * computes it once, when it loads the graph.
 *
 * @returns [heads or 1, 1, queries, G + keys], or undefined where that would be zero
 */
export function groupBias(
  graph: GraphBuilder,
  group: ChunkGroup,
  inputs: BiasTables,
  attrs: LongformerAttentionAttrs,
): string | undefined {
  const relative = relativeBias(graph, group, inputs, attrs);
  if (attrs.onlyGlobal) return relative;
  const mask =
    attrs.exact === 'distance' ? distanceMask(graph, group, attrs) : chunkMask(graph, group, attrs);
  if (!mask) return relative;
  return relative ? graph.node('Add', [relative, mask]) : mask;
}

function relativeBias(
  graph: GraphBuilder,
  group: ChunkGroup,
  { localBias, globalLocalBias }: BiasTables,
  { heads, globals, window, onlyGlobal }: LongformerAttentionAttrs,
): string | undefined {
  if (!localBias || onlyGlobal) return undefined;
  // Keys further away than the table reaches are masked: what is read for them does not matter.
  const far = 2 * window - 1;
  const within = (distance: number) => Math.max(-far, Math.min(far, distance)) + far;
  const index = pairs(group, (dy, dx) => within(dy) * (4 * window - 1) + within(dx));
  const [queries, keys] = [group.queries.length, group.keys.length];
  const indices = graph.constant(index, [1, queries, keys]);
  const byHead = graph.node('Transpose', [localBias.name], { perm: [1, 0] });
  const local = graph.node('Gather', [byHead, indices], { axis: 1 });
  if (globals === 0) return local;
  const toGlobal = graph.node('Gather', [globalLocalBias!.name, graph.integers([1])], { axis: 0 });
  const aligned = graph.node('Reshape', [toGlobal, graph.integers([heads, 1, 1, globals])]);
  const spread = graph.node('Expand', [aligned, graph.integers([heads, 1, queries, globals])]);
  return graph.node('Concat', [spread, local], { axis: 3 });
}

function distanceMask(
  graph: GraphBuilder,
  group: ChunkGroup,
  { globals, window }: LongformerAttentionAttrs,
): string {
  const isFar = (dy: number, dx: number) => Math.abs(dy) > window || Math.abs(dx) > window;
  const local = pairs(group, (dy, dx) => (isFar(dy, dx) ? MASKED : 0));
  const [queries, keys] = [group.queries.length, group.keys.length];
  const mask = new Float32Array(queries * (globals + keys));
  for (let query = 0; query < queries; query++) {
    mask.set(local.subarray(query * keys, (query + 1) * keys), query * (globals + keys) + globals);
  }
  return graph.constant(mask, [1, 1, queries, globals + keys]);
}

/** Of keys two chunks away, where a group has some; see `chunkGroups`. */
function chunkMask(
  graph: GraphBuilder,
  group: ChunkGroup,
  { globals, window }: LongformerAttentionAttrs,
): string | undefined {
  const isFar = (a: number, b: number) => Math.abs(Math.floor(a / window) - Math.floor(b / window)) > 1;
  const { queries, keys } = group;
  const mask = new Float32Array(queries.length * (globals + keys.length));
  let isNeeded = false;
  for (const [row, query] of queries.entries()) {
    for (const [column, key] of keys.entries()) {
      if (!isFar(query.y, key.y) && !isFar(query.x, key.x)) continue;
      mask[row * (globals + keys.length) + globals + column] = MASKED;
      isNeeded = true;
    }
  }
  return isNeeded ? graph.constant(mask, [1, 1, queries.length, globals + keys.length]) : undefined;
}

/** Evaluates `f(dy, dx)`, d = query - key in tokens, over [queries, keys]. */
function pairs({ queries, keys }: ChunkGroup, f: (dy: number, dx: number) => number): Int32Array {
  const result = new Int32Array(queries.length * keys.length);
  let at = 0;
  for (const query of queries) {
    for (const key of keys) result[at++] = f(query.y - key.y, query.x - key.x);
  }
  return result;
}
