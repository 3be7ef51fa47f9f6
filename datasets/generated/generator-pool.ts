import { RequestThread } from '../../src/base/threads/request-thread.js';
import type { GeneratedBatch, GeneratorRequest } from './generator-worker.js';

/** Worker threads that draw images, batch by batch; each holds no more than the batch it works on. */
export class GeneratorPool {
  readonly #threads: readonly RequestThread<GeneratorRequest, GeneratedBatch>[];
  #requests = 0;

  constructor(threads: number) {
    const url = new URL('./generator-worker.js', import.meta.url);
    this.#threads = Array.from({ length: threads }, () => new RequestThread(url));
  }

  /** Draws one batch in the next thread. */
  generate(request: GeneratorRequest): Promise<GeneratedBatch> {
    return this.#threads[this.#requests++ % this.#threads.length]!.ask(request);
  }

  /** Ends the threads; orders still under way are rejected. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
