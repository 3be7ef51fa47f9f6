import type { LongformerAttentionAttrs } from './attention-op.js';
import type { ChunkMode } from './window-rules.js';
import { NEIGHBOURS } from './window-rules.js';

/** How the local tokens' grid divides into chunks of side w, after padding at the bottom and the right. */
export interface ChunkGrid {
  readonly chunkRows: number;
  readonly chunkColumns: number;
  /** Rows and columns of tokens after padding to whole chunks. */
  readonly paddedRows: number;
  readonly paddedColumns: number;
}

/**
 * Offsets (chunks down, chunks right) of the nine chunks a query sees, in the order of the original's logits.
 */
export const NEIGHBOURHOOD: readonly (readonly [number, number])[] = [
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, -1],
  [0, 0],
  [0, 1],
  [1, -1],
  [1, 0],
  [1, 1],
];

/** Position of the query's own chunk in `NEIGHBOURHOOD`. */
export const OWN_CHUNK = 4;

/** The eight neighbours in the order of `NEIGHBOURS`, which is that of a random-shift one-hot. */
export const SHIFTS = NEIGHBOURHOOD.filter((_, index) => index !== OWN_CHUNK);

export function chunkGrid({ rows, columns, window }: LongformerAttentionAttrs): ChunkGrid {
  const chunkRows = Math.ceil(rows / window);
  const chunkColumns = Math.ceil(columns / window);
  return {
    chunkRows,
    chunkColumns,
    paddedRows: chunkRows * window,
    paddedColumns: chunkColumns * window,
  };
}

/**
 * Chunk offsets seen in a mode, in key order: all nine, or the own chunk first and then the chosen neighbour.
 */
export function visibleOffsets(mode: ChunkMode): readonly (readonly [number, number])[] {
  if (mode === 'all') return NEIGHBOURHOOD;
  const own = NEIGHBOURHOOD[OWN_CHUNK]!;
  return mode === 'own' ? [own] : [own, SHIFTS[NEIGHBOURS.indexOf(mode)]!];
}

/**
 * Rows of the local bias table for each pair of a chunk's query and a key in the chunks at `offsets`,
 * row-major over [w^2 queries, offsets x w^2 keys]. Cyclically wrapped chunks count as where they were asked
 * for.
 */
export function relativeBiasIndex(
  window: number,
  offsets: readonly (readonly [number, number])[],
): Int32Array {
  const side = 4 * window - 1;
  return relativePairs(window, offsets, (dy, dx) => (dy + 2 * window - 1) * side + dx + 2 * window - 1);
}

/** Evaluates `f(dy, dx)`, d = query - key in tokens, over the pairs of `relativeBiasIndex`. */
export function relativePairs(
  window: number,
  offsets: readonly (readonly [number, number])[],
  f: (dy: number, dx: number) => number,
): Int32Array {
  const area = window * window;
  const result = new Int32Array(area * offsets.length * area);
  let at = 0;
  for (let query = 0; query < area; query++) {
    for (const [down, right] of offsets) {
      for (let key = 0; key < area; key++) {
        const dy = Math.floor(query / window) - Math.floor(key / window) - down * window;
        const dx = (query % window) - (key % window) - right * window;
        result[at++] = f(dy, dx);
      }
    }
  }
  return result;
}
