import { QueueFullError } from '../work-queue.js';

/** Bytes that bodies of requests may take in memory, all requests together. */
export class MemoryBudget {
  readonly #bytes: number;
  #used = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get used(): number {
    return this.#used;
  }

  /** @throws QueueFullError when there is not as much left */
  take(bytes: number): void {
    if (this.#used + bytes > this.#bytes) throw new QueueFullError('The memory for bodies is used up.');
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

/** Puts pieces of a body together, within a budget shared with other requests. */
export class ByteCollector {
  readonly #budget: MemoryBudget;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  #isReleased = false;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws QueueFullError when the budget is used up */
  add(piece: Uint8Array): void {
    if (this.#isReleased) return;
    this.#budget.take(piece.length);
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** All bytes, in memory of their own that may be transferred to a thread. The pieces are let go of. */
  join(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#pieces.length = 0;
    return bytes;
  }

  /** Gives the budget back; to be called when the request has been answered. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#pieces.length = 0;
    this.#budget.giveBack(this.#length);
  }
}
