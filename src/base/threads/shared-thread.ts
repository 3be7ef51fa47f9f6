import type { Transferable } from 'node:worker_threads';
import { RequestThread } from './request-thread.js';

/**
 * A thread for everybody in this process who asks for it: started by the first request, started anew once it has ended. It keeps
 * the process alive only while there is a request, and is not ended: what it has loaded is worth keeping.
 */
export class SharedThread<Request, Answer> {
  readonly #url: URL;
  #thread: RequestThread<Request, Answer> | undefined;
  #open = 0;

  /** @param url module of the thread, as for `RequestThread` */
  constructor(url: URL) {
    this.#url = url;
  }

  /** The thread that answers now: another one once it has ended. */
  get current(): RequestThread<Request, Answer> {
    if (!this.#thread || this.#thread.hasEnded) {
      this.#thread = new RequestThread<Request, Answer>(this.#url);
      if (this.#open === 0) this.#thread.unref();
    }
    return this.#thread;
  }

  /** @param of the thread to ask, where it has to be the same as before; rejected once that has ended */
  async ask(
    request: Request,
    { of = this.current, transfer = [] }: AskOptions<Request, Answer> = {},
  ): Promise<Answer> {
    this.#open++;
    of.ref();
    try {
      return await of.ask(request, transfer);
    } finally {
      this.#open--;
      if (this.#open === 0) of.unref();
    }
  }
}

export interface AskOptions<Request, Answer> {
  readonly of?: RequestThread<Request, Answer>;
  readonly transfer?: readonly Transferable[];
}
