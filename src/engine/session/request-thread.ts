import type { Transferable, Worker } from 'node:worker_threads';
import { UserError } from '../../errors.js';
import { spawnWorker } from '../spawn-worker.js';
import type { NumberedReply, NumberedRequest } from './requests.js';
import { disableTelemetry } from './telemetry.js';

interface Pending<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A worker thread that answers requests; its side of the conversation is `answerRequests`.
 *
 * When the thread ends, for whatever reason, all open and later requests are rejected.
 */
export class RequestThread<Request, Answer> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending<Answer>>();
  #requests = 0;
  #end: Error | undefined;

  /**
   * @param url module of the thread, as for `spawnWorker`
   * @param workerData must not be undefined: geotiff's dependency web-worker looks into it in any thread it is loaded in
   */
  constructor(url: URL, workerData: unknown = {}) {
    disableTelemetry();
    this.#worker = spawnWorker(url, { workerData });
    this.#worker.on('message', (reply: NumberedReply<Answer>) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) =>
      this.#fail(new Error(`the thread that runs the model has ended with code ${code}`)),
    );
  }

  /** True once the thread has ended. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** @param transfer memory that moves to the thread instead of being copied */
  ask(request: Request, transfer: readonly Transferable[] = []): Promise<Answer> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#requests++;
    const message: NumberedRequest<Request> = { id, request };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }

  /** Ends the thread, once native code that it is running has returned. */
  async close(): Promise<void> {
    this.#fail(new Error('the session is closed'));
    await this.#worker.terminate();
  }

  #settle(reply: NumberedReply<Answer>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (!('error' in reply)) pending?.resolve(reply.answer);
    else if (reply.status === undefined) pending?.reject(reply.error);
    else pending?.reject(new UserError(reply.error.message, { status: reply.status, cause: reply.error }));
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
