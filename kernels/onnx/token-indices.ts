import type { LongformerAttentionAttrs } from '../attention-op.js';
import type { ChunkGroup, Offset, Strip } from './chunk-groups.js';

/**
 * Row numbers of tokens' heads in a tensor viewed as [tokens * heads, head width], relative to the first
 * token of a chunk: one gather then both cuts chunks and separates the heads. 32 bits suffice for 2^31 token
 * heads, and halve what the gather reads beside the rows.
 */
export interface ChunkIndices {
  /** Into the queries, [heads, queries]. */
  readonly queries: Int32Array;
  /**
   * Into the keys and values, global tokens first, whose numbers are relative to nothing; [heads, G + keys].
   */
  readonly keys: Int32Array;
}

/**
 * What all chunks of a group have in common; `chunkOrigins` is to be added.
 * @param firstQuery number of the first local token among the tokens that queries are read from
 */
export function chunkIndices(
  group: ChunkGroup,
  firstQuery: number,
  attrs: LongformerAttentionAttrs,
): ChunkIndices {
  const { heads, globals } = attrs;
  const queries = new Int32Array(heads * group.queries.length);
  const keys = new Int32Array(heads * (globals + group.keys.length));
  let [query, key] = [0, 0];
  for (let head = 0; head < heads; head++) {
    for (const offset of group.queries)
      queries[query++] = (firstQuery + position(offset, attrs)) * heads + head;
    for (let token = 0; token < globals; token++) keys[key++] = token * heads + head;
    for (const offset of group.keys) keys[key++] = (globals + position(offset, attrs)) * heads + head;
  }
  return { queries, keys };
}

/** Row number of the first head of the first token of each chunk of a strip. */
export function chunkOrigins(strip: Strip, attrs: LongformerAttentionAttrs): Int32Array {
  return Int32Array.from(firstTokens(strip, attrs), (token) => token * attrs.heads);
}

/**
 * Where each token's head lies among the outputs of the strips: rows of [G + local tokens, heads] into the
 * global tokens' [heads, G] followed by each strip's [heads, chunks, queries].
 */
export function outputOrder(strips: readonly Strip[], attrs: LongformerAttentionAttrs): Int32Array {
  const { heads, globals, rows, columns } = attrs;
  const order = new Int32Array((globals + rows * columns) * heads);
  let source = 0;
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < globals; token++) order[token * heads + head] = source++;
  }
  for (const strip of strips) {
    const origins = firstTokens(strip, attrs);
    for (let head = 0; head < heads; head++) {
      for (const origin of origins) {
        for (const offset of strip.group.queries) {
          order[(globals + origin + position(offset, attrs)) * heads + head] = source++;
        }
      }
    }
  }
  return order;
}

/** Number of the first token of each chunk of a strip. */
function firstTokens(
  { group, first, count }: Strip,
  { window, columns }: LongformerAttentionAttrs,
): number[] {
  return Array.from({ length: count }, (_, index) => {
    const row = group.firstRow + Math.floor((first + index) / group.columns);
    const column = group.firstColumn + ((first + index) % group.columns);
    return (row * columns + column) * window;
  });
}

function position({ y, x }: Offset, { columns }: LongformerAttentionAttrs): number {
  return y * columns + x;
}
