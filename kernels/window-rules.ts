/**
 * Which keys of the chunks that it sees a local query attends to:
 * `chunks`: all of them, so its window reaches from one to two chunks far, depending on where in its chunk it
 * lies;
 * `distance`: those at most w rows and w columns away (the exact sliding window);
 * `cyclic`: all of them, and a chunk at the border of the grid has those at the opposite border as
 * neighbours.
 */
export const WINDOW_RULES = ['chunks', 'distance', 'cyclic'] as const;
export type WindowRule = (typeof WINDOW_RULES)[number];

/** The eight chunks around a query's own, in the order of the original's modes 1 to 8. */
export const NEIGHBOURS = [
  'top left',
  'top',
  'top right',
  'left',
  'right',
  'bottom left',
  'bottom',
  'bottom right',
] as const;

/**
 * Which chunks a local query sees: its own and `all` eight around it, its `own` alone, or its own and the one
 * neighbour named (random-shift training draws one for each block and step).
 */
export const CHUNK_MODES = ['all', 'own', ...NEIGHBOURS] as const;
export type ChunkMode = (typeof CHUNK_MODES)[number];
