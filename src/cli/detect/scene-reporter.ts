import type { SceneProgress } from '../../detect/scene/scene-options.js';
import { ProgressLine, paceText } from '../progress-line.js';

/** Where there is no terminal to rewrite a line on, one is printed at most this often. */
const secondsBetweenLines = 15;

/** Reports progress on a scene: on a terminal in one line that is overwritten, elsewhere in a plain line now and then. */
export class SceneReporter {
  readonly #line = new ProgressLine();
  readonly #scene: string;
  #first: { readonly done: number; readonly at: number } | undefined;
  #printedAt = -Infinity;

  constructor(scene: string) {
    this.#scene = scene;
  }

  show({ done, total }: SceneProgress): void {
    const now = performance.now() / 1000;
    // Tiles that an earlier run finished say nothing about the pace.
    this.#first ??= { done, at: now };
    const [ran, left] = [done - this.#first.done, total - this.#first.done];
    const resumed = this.#first.done > 0 ? ` (${this.#first.done} were finished before)` : '';
    const text = `${this.#scene}: ${paceText(ran, left, 'tile', now - this.#first.at)}${resumed}`;
    this.#line.show(text);
    const isDue = done === total || now - this.#printedAt >= secondsBetweenLines;
    if (process.stderr.isTTY || !isDue) return;
    this.#printedAt = now;
    process.stderr.write(`${text}\n`);
  }

  /** Says something beside the progress. */
  note(text: string): void {
    this.#line.clear();
    process.stderr.write(`${this.#scene}: ${text}\n`);
  }

  clear(): void {
    this.#line.clear();
  }
}
