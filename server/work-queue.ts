/** Thrown when a queue has no place left. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** A queue that runs one job at a time: the model uses all cores for each. */
export class WorkQueue {
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  /** @param capacity how many jobs may wait besides the one that runs */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.#isBusy && this.#waiting.length >= this.#capacity;
  }

  /**
   * Runs a job when its turn comes.
   *
   * @param signal takes the job out of the queue while it waits; a running job has to watch the signal itself
   * @throws QueueFullError at once when there is no place; the signal's reason when it aborts
   */
  async run<Result>(job: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    if (this.isFull) throw new QueueFullError('The queue is full.');
    if (this.#isBusy) await this.#turn(signal);
    this.#isBusy = true;
    try {
      return await job();
    } finally {
      this.#isBusy = false;
      this.#waiting.shift()?.();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', leave);
        // Between this call and the job's own start nobody else may take the turn.
        this.#isBusy = true;
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      this.#waiting.push(start);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
