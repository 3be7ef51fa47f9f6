import type { WriteStream } from 'node:tty';
import { formatDuration } from '../train/progress.js';
import { plural } from './plural.js';

/** One line at the bottom of a terminal that is written over; nothing where output goes elsewhere. */
export class ProgressLine {
  readonly #stream: WriteStream;
  #isShown = false;

  constructor(stream: WriteStream = process.stderr) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`\r\x1b[K${fitLine(text, this.#stream.columns)}`);
    this.#isShown = true;
  }

  /** Makes room for other output. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\x1b[K');
    this.#isShown = false;
  }
}

/**
 * A text cut so that it does not wrap: a line that wraps could not be overwritten.
 * @param columns of the terminal; one that does not say how wide it is says 0 or nothing, and gets the whole text
 */
export function fitLine(text: string, columns: number | undefined): string {
  return columns ? text.slice(0, Math.max(1, columns - 1)) : text;
}

/**
 * "12 of 340 files, 1 min 05 s left": how far, and how long at the mean pace so far.
 * @param unit what one of them is called
 */
export function paceText(done: number, total: number, unit: string, seconds: number): string {
  const left = done === 0 ? '' : `, ${formatDuration((seconds / done) * (total - done))} left`;
  return `${done} of ${plural(total, unit)}${left}`;
}
