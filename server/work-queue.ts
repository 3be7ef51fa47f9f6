import { inSpan } from './tracing.js';

/** Thrown when a queue has no place left. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

export interface QueueOptions {
  /** How many jobs may wait. */
  readonly waiting: number;
  /** How many jobs may run at a time. Default 1. */
  readonly running?: number;
  /** What the running jobs may weigh together; a heavier one runs alone. Unbounded by default. */
  readonly weight?: number;
}

interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

/** A queue that runs jobs in the order they come, a few at a time, within a bound on what they weigh together. */
export class WorkQueue {
  readonly #capacity: number;
  readonly #slots: number;
  readonly #weight: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #runningWeight = 0;

  constructor({ waiting, running = 1, weight = Number.POSITIVE_INFINITY }: QueueOptions) {
    this.#capacity = waiting;
    this.#slots = running;
    this.#weight = weight;
  }

  get isFull(): boolean {
    return this.#running >= this.#slots && this.#waiting.length >= this.#capacity;
  }

  /** Jobs that wait. */
  get depth(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Runs a job when its turn comes.
   *
   * @param signal takes the job out of the queue while it waits; a running job has to watch the signal itself
   * @param weight of the job, in the unit of the queue's bound
   * @throws QueueFullError at once when there is no place; the signal's reason when it aborts
   */
  async run<Result>(job: () => Promise<Result>, signal: AbortSignal, weight = 0): Promise<Result> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#hasRoom(weight)) this.#take(weight);
    else await inSpan('queue', {}, () => this.#turn(signal, weight));
    try {
      return await job();
    } finally {
      this.#running--;
      this.#runningWeight -= weight;
      this.#startNext();
    }
  }

  #hasRoom(weight: number): boolean {
    if (this.#running === 0) return true;
    return this.#running < this.#slots && this.#runningWeight + weight <= this.#weight;
  }

  #take(weight: number): void {
    this.#running++;
    this.#runningWeight += weight;
  }

  #startNext(): void {
    while (this.#waiting.length > 0 && this.#hasRoom(this.#waiting[0]!.weight)) {
      const { start, weight } = this.#waiting.shift()!;
      // Taken here, not when the job begins: in between nobody else may take its place.
      this.#take(weight);
      start();
    }
  }

  #turn(signal: AbortSignal, weight: number): Promise<void> {
    if (this.#waiting.length >= this.#capacity) throw new QueueFullError('The queue is full.');
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason);
        // It may have been the one that the others behind it had to wait for.
        this.#startNext();
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const entry = { weight, start };
      this.#waiting.push(entry);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
