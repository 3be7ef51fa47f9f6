import type { Reporter } from '../train/loop.js';
import type { ProgressState } from '../train/progress.js';
import { progressLine } from '../train/progress.js';
import { fitLine } from './progress-line.js';

/** Seconds between two progress lines where lines cannot be overwritten, as in a log file. */
const secondsBetweenLines = 30;

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Tells how a run goes: one line that is overwritten on a terminal, a line now and then elsewhere. */
export class TrainingReporter implements Reporter {
  readonly #output: Output;
  readonly #now: () => number;
  #lastLine = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds */
  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  note(line: string): void {
    const clear = this.#output.isTTY ? '\r\x1b[K' : '';
    this.#output.write(`${clear}${line}\n`);
  }

  step(state: ProgressState): void {
    if (this.#output.isTTY) {
      const line = `${progressBar(state.step / state.totalSteps, 20)}  ${progressLine(state)}`;
      this.#output.write(`\r\x1b[K${fitLine(line, this.#output.columns)}`);
      return;
    }
    const isLast = state.step === state.totalSteps;
    if (!isLast && this.#now() - this.#lastLine < secondsBetweenLines * 1000) return;
    this.#lastLine = this.#now();
    this.#output.write(`${progressLine(state)}\n`);
  }
}

/** A bar of `width` characters, `done` of it (0 to 1) filled. */
function progressBar(done: number, width: number): string {
  const filled = Math.round(done * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
