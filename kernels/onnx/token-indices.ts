import type { LongformerAttentionAttrs } from '../longformer-attention.js';
import type { ChunkGroup, Offset } from './chunk-groups.js';

/**
 * Row numbers of tokens' heads in a tensor viewed as [tokens * heads, head width]: one gather then both cuts chunks
 * and separates the heads. 32 bits suffice for 2^31 token heads, and halve what the gather reads beside the rows.
 */
export interface GroupIndices {
  /** Into the queries, [heads, chunks, queries]. */
  readonly queries: Int32Array;
  /** Into the keys and values, global tokens first, [heads, chunks, G + keys]. */
  readonly keys: Int32Array;
}

/** Indices as if the group lay at the top of the image, so that all strips of a group share them. */
export function groupIndices(group: ChunkGroup, attrs: LongformerAttentionAttrs): GroupIndices {
  const { heads, globals } = attrs;
  const origins = chunkOrigins({ ...group, firstRow: 0 }, attrs);
  const queries = new Int32Array(heads * origins.length * group.queries.length);
  const keys = new Int32Array(heads * origins.length * (globals + group.keys.length));
  let [query, key] = [0, 0];
  for (let head = 0; head < heads; head++) {
    for (const origin of origins) {
      for (const offset of group.queries) {
        queries[query++] = (origin + position(offset, attrs)) * heads + head;
      }
      for (let token = 0; token < globals; token++) keys[key++] = token * heads + head;
      for (const offset of group.keys) {
        keys[key++] = (globals + origin + position(offset, attrs)) * heads + head;
      }
    }
  }
  return { queries, keys };
}

/** What to add to {@link groupIndices} of local tokens where the group does not lie at the top. */
export function rowShift(
  { firstRow }: ChunkGroup,
  { window, columns, heads }: LongformerAttentionAttrs,
): number {
  return firstRow * window * columns * heads;
}

/**
 * Where each token's head lies among the outputs of the groups: rows of [G + local tokens, heads] into the global
 * tokens' [heads, G] followed by each group's [heads, chunks, queries].
 */
export function outputOrder(groups: readonly ChunkGroup[], attrs: LongformerAttentionAttrs): Int32Array {
  const { heads, globals, rows, columns } = attrs;
  const order = new Int32Array((globals + rows * columns) * heads);
  let source = 0;
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < globals; token++) order[token * heads + head] = source++;
  }
  for (const group of groups) {
    const origins = chunkOrigins(group, attrs);
    for (let head = 0; head < heads; head++) {
      for (const origin of origins) {
        for (const offset of group.queries) {
          order[(globals + origin + position(offset, attrs)) * heads + head] = source++;
        }
      }
    }
  }
  return order;
}

/** Number of the first token of each chunk of a group. */
function chunkOrigins(group: ChunkGroup, { window, columns }: LongformerAttentionAttrs): number[] {
  return Array.from({ length: group.rows * group.columns }, (_, chunk) => {
    const row = group.firstRow + Math.floor(chunk / group.columns);
    const column = group.firstColumn + (chunk % group.columns);
    return (row * columns + column) * window;
  });
}

function position({ y, x }: Offset, { columns }: LongformerAttentionAttrs): number {
  return y * columns + x;
}
