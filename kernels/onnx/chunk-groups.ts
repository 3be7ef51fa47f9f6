import { equalParts } from '../../src/base/even-parts.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { visibleOffsets } from '../chunk-grid.js';

/** A token's place relative to the first token of a chunk; negative up and left of it. */
export interface Offset {
  readonly y: number;
  readonly x: number;
}

/** A rectangle of chunks whose queries all see keys at the same places relative to their chunk. */
export interface ChunkGroup {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
  /** The tokens of each chunk. */
  readonly queries: readonly Offset[];
  /** The local keys that a chunk's queries see, row-major, so that reading them walks through memory. */
  readonly keys: readonly Offset[];
}

/**
 * Grids of up to so many tokens, three chunks wide and high, are one group: computing what few queries may not see
 * as well takes less time than nine groups do, each of which is a dozen nodes.
 */
const mostWhole = 512;

/**
 * Cuts the grid of chunks into groups; windows must not be cyclic.
 *
 * Chunks differ only where the image ends: along each axis in the first, the last and the last but one line
 * of chunks. So at most 4 x 4 groups cover any image, and none of them contains a token outside it. Where two
 * chunks are all there is along an axis, they see each other, and are taken for one. No masks are needed, but for
 * grids that are one group although they are three chunks wide or high.
 */
export function chunkGroups(attrs: LongformerAttentionAttrs): ChunkGroup[] {
  const { rows, columns, window, mode } = attrs;
  const isWhole = Math.max(rows, columns) <= 3 * window && rows * columns <= mostWhole;
  const most = isWhole ? 3 * window : 2 * window;
  const bandsOf = (tokens: number) =>
    mode === 'all' && tokens <= most ? [onlyBand(tokens)] : bands(tokens, window);
  const columnBands = bandsOf(columns);
  return bandsOf(rows).flatMap((row) =>
    columnBands.map((column) => ({
      firstRow: row.first,
      rows: row.count,
      firstColumn: column.first,
      columns: column.count,
      queries: rectangle(0, row.size, 0, column.size),
      keys: attrs.onlyGlobal ? [] : visibleKeys(row, column, attrs),
    })),
  );
}

/** Consecutive chunks of a group, row by row. */
export interface Strip {
  readonly group: ChunkGroup;
  /** Number of the first one in the group. */
  readonly first: number;
  readonly count: number;
}

/**
 * Cuts a group into strips of at most `limit` chunks, all of the same number but the last, and into no more
 * than `most`.
 */
export function strips(group: ChunkGroup, limit: number, most: number): Strip[] {
  const counts = equalParts(group.rows * group.columns, Math.max(1, limit), most);
  return counts.map((count, strip) => ({ group, first: strip * counts[0]!, count }));
}

/**
 * Neighbouring lines of chunks along one axis that are alike, with the tokens in one, before it and after it.
 */
interface Band {
  readonly first: number;
  readonly count: number;
  readonly size: number;
  readonly before: number;
  readonly after: number;
}

function onlyBand(tokens: number): Band {
  return { first: 0, count: 1, size: tokens, before: 0, after: 0 };
}

function bands(tokens: number, window: number): Band[] {
  const sizeOf = (line: number) => (line < 0 ? 0 : Math.max(0, Math.min(window, tokens - line * window)));
  const result: Band[] = [];
  for (let line = 0; line * window < tokens; line++) {
    const [size, before, after] = [sizeOf(line), sizeOf(line - 1), sizeOf(line + 1)];
    const last = result.at(-1);
    if (last && last.size === size && last.before === before && last.after === after) {
      result[result.length - 1] = { ...last, count: last.count + 1 };
    } else {
      result.push({ first: line, count: 1, size, before, after });
    }
  }
  return result;
}

function visibleKeys(row: Band, column: Band, { mode, window }: LongformerAttentionAttrs): Offset[] {
  const sizeAt = (band: Band, step: number) => [band.before, band.size, band.after][step + 1]!;
  return visibleOffsets(mode)
    .flatMap(([down, right]) =>
      rectangle(down * window, sizeAt(row, down), right * window, sizeAt(column, right)),
    )
    .sort((a, b) => a.y - b.y || a.x - b.x);
}

function rectangle(top: number, height: number, left: number, width: number): Offset[] {
  return Array.from({ length: height * width }, (_, index) => ({
    y: top + Math.floor(index / width),
    x: left + (index % width),
  }));
}
