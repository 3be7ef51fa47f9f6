import type { Candidates } from './first-look.js';
import type { WindowGrid } from './window-grid.js';

/** How candidates become windows. */
export interface WantedOptions {
  /** Pixels around each candidate. */
  readonly margin: number;
  /**
   * Score from which a candidate's box is trusted: then all windows that it lies in are wanted, before that only the one with
   * its middle, as boxes of low scores are large by chance.
   */
  readonly sure: number;
}

/**
 * The windows that candidates lie in.
 * @returns one byte a window, 1 where it is wanted
 */
export function windowsOf(
  { count, boxes, scores }: Candidates,
  { rows, columns, side }: WindowGrid,
  { margin, sure }: WantedOptions,
): Uint8Array {
  const wanted = new Uint8Array(rows * columns);
  const line = (pixel: number, lines: number) => Math.min(lines - 1, Math.max(0, Math.floor(pixel / side)));
  for (let box = 0; box < count; box++) {
    const [x1, y1, x2, y2] = [0, 1, 2, 3].map((edge) => boxes[4 * box + edge]!) as [
      number,
      number,
      number,
      number,
    ];
    // A half of each side, or none of it.
    const half = scores[box]! < sure ? 0 : 0.5;
    const [acrossReach, downReach] = [half * (x2 - x1) + margin, half * (y2 - y1) + margin];
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const [first, last] = [line(x - acrossReach, columns), line(x + acrossReach, columns)];
    for (let row = line(y - downReach, rows); row <= line(y + downReach, rows); row++) {
      wanted.fill(1, row * columns + first, row * columns + last + 1);
    }
  }
  return wanted;
}
