import { setMaxListeners } from 'node:events';
import { unlessAborted } from '../src/base/unless-aborted.js';
import { ProblemError } from './problem.js';

/** Where a server is in its life: only a ready one takes work. */
export type Phase = 'starting' | 'ready' | 'stopping';

/** How many requests may wait for the models to be loaded, and for how long. */
export interface HoldLimits {
  readonly held: number;
  readonly holdSeconds: number;
}

/** The life of a server, and the requests that came before it was ready. */
export class Lifecycle {
  readonly #limits: HoldLimits;
  readonly #started = new AbortController();
  readonly #stopping = new AbortController();
  readonly #cutting = new AbortController();
  #held = 0;

  constructor(limits: HoldLimits) {
    this.#limits = limits;
    // Every request listens to it.
    setMaxListeners(0, this.#cutting.signal);
  }

  /** Aborts, with a ProblemError, when requests under way have had all the time that a stopping server gives them. */
  get cut(): AbortSignal {
    return this.#cutting.signal;
  }

  get phase(): Phase {
    if (this.#stopping.signal.aborted) return 'stopping';
    return this.#started.signal.aborted ? 'ready' : 'starting';
  }

  /** Requests that wait for the models. */
  get held(): number {
    return this.#held;
  }

  /** To be called once the models are warm. */
  becomeReady(): void {
    this.#started.abort();
  }

  /** To be called once the server is told to stop. */
  stop(): void {
    this.#stopping.abort();
  }

  /** To be called once requests under way have had their time: they are answered 503. */
  cutShort(): void {
    const detail = 'The server stops, and this took longer than it waits. Try again.';
    this.#cutting.abort(new ProblemError(503, 'stopping', detail));
  }

  /**
   * Waits until the server takes work. A client that comes while the models are being loaded is not turned away for that,
   * unless many do, or it takes long.
   * @throws ProblemError 503 when it does not; the signal's reason when that aborts
   */
  async untilReady(signal: AbortSignal): Promise<void> {
    if (this.phase === 'starting' && this.#held < this.#limits.held) await this.#hold(signal);
    const { phase } = this;
    if (phase !== 'ready') throw new ProblemError(503, phase, `The server is ${phase}. Try again.`);
  }

  async #hold(signal: AbortSignal): Promise<void> {
    this.#held++;
    try {
      const over = AbortSignal.any([
        this.#started.signal,
        this.#stopping.signal,
        AbortSignal.timeout(1000 * this.#limits.holdSeconds),
      ]);
      await unlessAborted(new Promise((resolve) => over.addEventListener('abort', resolve)), signal);
    } finally {
      this.#held--;
    }
  }
}
