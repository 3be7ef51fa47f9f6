import type { WriteStream } from 'node:tty';
import { formatDuration } from '../train/progress.js';

/** One line at the bottom of a terminal that is written over; nothing where output goes elsewhere. */
export class ProgressLine {
  readonly #stream: WriteStream;
  #isShown = false;

  constructor(stream: WriteStream = process.stderr) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`\r\x1b[K${text.slice(0, this.#stream.columns - 1)}`);
    this.#isShown = true;
  }

  /** Makes room for other output. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\x1b[K');
    this.#isShown = false;
  }
}

/** "12 of 340 files, 1 min 05 s left": how far, and how long at the mean pace so far. */
export function paceText(done: number, total: number, unit: string, seconds: number): string {
  const left = done === 0 ? '' : `, ${formatDuration((seconds / done) * (total - done))} left`;
  return `${done} of ${total} ${unit}${left}`;
}
