import type { Transferable, Worker } from 'node:worker_threads';
import { PendingRequests } from './pending-requests.js';
import type { NumberedReply } from './requests.js';
import { spawnWorker } from './spawn-worker.js';
import { disableTelemetry } from './telemetry.js';

/** Why a request was not answered: the thread has ended, or had when it was asked. */
export class ThreadEndedError extends Error {
  override readonly name = 'ThreadEndedError';
}

/**
 * A worker thread that answers requests; its side of the conversation is `answerRequests`.
 *
 * When the thread ends, for whatever reason, all open and later requests are rejected with a `ThreadEndedError`.
 */
export class RequestThread<Request, Answer> {
  readonly #worker: Worker;
  readonly #pending = new PendingRequests<Request, Answer>();
  #end: ThreadEndedError | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param url module of the thread, as for `spawnWorker`
   * @param workerData must not be undefined: geotiff's dependency web-worker looks into it in any thread it is loaded in
   */
  constructor(url: URL, workerData: unknown = {}) {
    disableTelemetry();
    this.#worker = spawnWorker(url, { workerData });
    this.#worker.on('message', (reply: NumberedReply<Answer>) => this.#pending.settle(reply));
    this.#worker.on('error', (error) => this.#fail(new ThreadEndedError(error.message, { cause: error })));
    this.#worker.on('exit', (code) =>
      this.#fail(new ThreadEndedError(`the thread that runs the model has ended with code ${code}`)),
    );
  }

  /** True once the thread has ended, or is about to. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Lets the process end while the thread has nothing to do; `ref` takes it back. */
  unref(): void {
    this.#worker.unref();
  }

  ref(): void {
    this.#worker.ref();
  }

  /** @param transfer memory that moves to the thread instead of being copied */
  ask(request: Request, transfer: readonly Transferable[] = []): Promise<Answer> {
    if (this.#end) return Promise.reject(this.#end);
    return this.#pending.send(request, (message) => this.#worker.postMessage(message, transfer));
  }

  /**
   * Ends the thread after it has answered what it was asked: a thread that is ended while ONNX Runtime runs in it takes
   * the process with it.
   */
  close(): Promise<void> {
    this.#closed ??= this.#closeIdle();
    return this.#closed;
  }

  async #closeIdle(): Promise<void> {
    this.#end ??= new ThreadEndedError('the session is closed');
    await this.#pending.settled();
    await this.#worker.terminate();
  }

  /** Ends the thread at once. Not for one that ONNX Runtime runs in. */
  async terminate(): Promise<void> {
    this.#fail(new ThreadEndedError('the thread was ended'));
    await this.#worker.terminate();
  }

  #fail(error: ThreadEndedError): void {
    this.#end ??= error;
    this.#pending.rejectAll(error);
  }
}
