import type { LongformerAttentionAttrs } from './attention-op.js';
import type { ChunkGrid } from './chunk-grid.js';
import type { WindowRule } from './window-rules.js';

/** Added to the logit of a key that must not be seen: exp of it is 0 in float32, and it never makes a NaN. */
export const MASKED = -1e9;

/**
 * Which keys nobody may see, over the grid of chunks with one more chunk on every side.
 *
 * Where `exact` is "chunks" or "distance", everything outside the image is masked. Where it is "cyclic", the
 * surrounding chunks are those of the opposite border, and only the padding of the last row and column of
 * chunks is masked. That padding is visible, with key and value 0, to the first chunks, which reach it by
 * wrapping: the original does the same, and its published outputs depend on it.
 *
 * @returns 1 where masked, [chunkRows + 2, chunkColumns + 2, w^2]
 */
export function maskedKeys(attrs: LongformerAttentionAttrs, grid: ChunkGrid): Uint8Array {
  const { window, exact } = attrs;
  const isRowMasked = maskedLines(attrs.rows, grid.chunkRows, window, exact);
  const isColumnMasked = maskedLines(attrs.columns, grid.chunkColumns, window, exact);
  const [chunkRows, chunkColumns] = [grid.chunkRows + 2, grid.chunkColumns + 2];
  const masked = new Uint8Array(chunkRows * chunkColumns * window * window);
  let at = 0;
  for (let down = 0; down < chunkRows; down++) {
    for (let right = 0; right < chunkColumns; right++) {
      for (let y = down * window; y < (down + 1) * window; y++) {
        for (let x = right * window; x < (right + 1) * window; x++) {
          masked[at++] = isRowMasked[y] || isColumnMasked[x] ? 1 : 0;
        }
      }
    }
  }
  return masked;
}

/** `maskedKeys` along one axis, by token line, counted from one chunk before the image. */
function maskedLines(size: number, chunks: number, window: number, exact: WindowRule): boolean[] {
  const padding = (line: number) => line >= window + size && line < (chunks + 1) * window;
  const outside = (line: number) => line < window || line >= window + size;
  return Array.from({ length: (chunks + 2) * window }, (_, line) =>
    exact === 'cyclic' ? padding(line) : outside(line),
  );
}
