import fc from 'fast-check';
import type { LongformerAttentionAttrs } from '../../kernels/attention-op.js';
import { CHUNK_MODES, type ChunkMode, WINDOW_RULES, type WindowRule } from '../../kernels/window-rules.js';

/** A grid of several chunks, the last ones cut, with two heads. */
export const SMALL_ATTENTION: LongformerAttentionAttrs = {
  heads: 2,
  rows: 5,
  columns: 8,
  globals: 2,
  window: 3,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
};

/** What a test draws settings from. */
export interface DrawnSettings {
  readonly heads: number;
  /** Most rows and columns. */
  readonly side: number;
  readonly rules?: readonly WindowRule[];
  /** Whether local queries may see the global tokens alone. */
  readonly hasOnlyGlobal?: boolean;
}

/** All settings that the original accepts, over grids narrower than a chunk, wide, tall, and of several chunks. */
export function attentionSettings({
  heads,
  side,
  rules = WINDOW_RULES,
  hasOnlyGlobal = true,
}: DrawnSettings): fc.Arbitrary<LongformerAttentionAttrs> {
  return fc
    .record({
      heads: fc.integer({ min: 1, max: heads }),
      rows: fc.integer({ min: 1, max: side }),
      columns: fc.integer({ min: 1, max: side }),
      globals: fc.integer({ min: 0, max: 2 }),
      window: fc.integer({ min: 1, max: 4 }),
      exact: fc.constantFrom<WindowRule[]>(...rules),
      mode: fc.constantFrom<ChunkMode[]>('all', 'all', ...CHUNK_MODES),
      onlyGlobal: fc.constantFrom(false, false, false, hasOnlyGlobal),
    })
    .map((drawn) => ({
      ...drawn,
      onlyGlobal: drawn.onlyGlobal && drawn.globals > 0,
      mode: drawn.exact === 'distance' ? ('all' as const) : drawn.mode,
    }));
}
