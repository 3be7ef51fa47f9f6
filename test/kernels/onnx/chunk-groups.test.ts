import { describe, expect, it } from 'vitest';
import type { LongformerAttentionAttrs } from '../../../kernels/attention-op.js';
import { chunkGroups, strips } from '../../../kernels/onnx/chunk-groups.js';
import { outputOrder } from '../../../kernels/onnx/token-indices.js';

const attrs: LongformerAttentionAttrs = {
  heads: 2,
  rows: 31,
  columns: 23,
  globals: 2,
  window: 4,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
};

describe('chunkGroups', () => {
  it('needs at most 16 groups whatever the size, and one where everything is in one chunk', () => {
    expect(chunkGroups(attrs)).toHaveLength(16);
    expect(chunkGroups({ ...attrs, rows: 999, columns: 1001 })).toHaveLength(16);
    expect(chunkGroups({ ...attrs, rows: 4, columns: 3 })).toHaveLength(1);
  });

  it('lets inner chunks see nine chunks and those in a corner what is inside the image', () => {
    const keys = chunkGroups(attrs).map((group) => group.keys.length);
    expect(Math.max(...keys)).toBe(9 * 16);
    // The last chunk has 3 rows and 3 columns of tokens, the one before it 4.
    expect(keys.at(-1)).toBe(7 * 7);
  });

  it('sees no local key when only global tokens are attended to', () => {
    expect(chunkGroups({ ...attrs, onlyGlobal: true }).every(({ keys }) => keys.length === 0)).toBe(true);
  });
});

describe('strips', () => {
  it('keeps every token of every head once, in strips of one length but for the last', () => {
    const groups = chunkGroups(attrs).map((group) => strips(group, 7, 32));
    const parts = groups.flat();
    expect(parts.length).toBeGreaterThan(16);
    const order = outputOrder(parts, attrs);
    expect(order).toHaveLength(attrs.heads * (attrs.globals + attrs.rows * attrs.columns));
    expect(new Set(order).size).toBe(order.length);
    for (const group of groups) {
      const counts = group.map(({ count }) => count);
      expect(Math.max(...counts)).toBeLessThanOrEqual(7);
      expect(new Set(counts.slice(0, -1)).size).toBeLessThanOrEqual(1);
      expect(counts.at(-1)).toBeLessThanOrEqual(counts[0]!);
    }
  });

  it('makes no more strips of a group than asked for, however many chunks that takes', () => {
    const parts = chunkGroups({ ...attrs, rows: 4096, columns: 1024 }).map((group) => strips(group, 7, 32));
    expect(Math.max(...parts.map(({ length }) => length))).toBe(32);
    expect(parts.flat().reduce((sum, { count }) => sum + count, 0)).toBe(1024 * 256);
  });

  it('takes chunks one at a time where not even one fits', () => {
    const [group] = chunkGroups({ ...attrs, rows: 12, columns: 12 });
    expect(strips(group!, 0, Infinity).every(({ count }) => count === 1)).toBe(true);
  });
});
