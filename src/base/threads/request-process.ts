import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PendingRequests } from './pending-requests.js';
import type { NumberedReply } from './requests.js';
import { spawnProcess } from './spawn-process.js';
import { disableTelemetry } from './telemetry.js';

/** Why a request was not answered: the process has ended, or had when it was asked. */
export class ProcessEndedError extends Error {
  override readonly name = 'ProcessEndedError';
}

/**
 * A process that answers requests, as `RequestThread` is a thread; its side of the conversation is `answerRequests`.
 *
 * What ends it, a fault in native code included, ends nothing else: all open and later requests are rejected with a
 * `ProcessEndedError`. Messages are copied, by structured cloning; typed arrays of an answer may be views of larger memory.
 */
export class RequestProcess<Request, Answer> {
  readonly #child: ChildProcess;
  readonly #pending = new PendingRequests<Request, Answer>();
  readonly #ended: Promise<unknown>;
  #end: ProcessEndedError | undefined;

  /** @param url module of the process, as for `spawnProcess` */
  constructor(url: URL) {
    disableTelemetry();
    this.#child = spawnProcess(url, {
      serialization: 'advanced',
      // What native code prints is for the log.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#child.on('message', (reply: NumberedReply<Answer>) => this.#pending.settle(reply));
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('exit', (code, signal) =>
      this.#fail(`the process has ended (${signal ?? `code ${code}`})`),
    );
    this.#ended = once(this.#child, 'close').catch(() => undefined);
  }

  /** True once the process has ended, or is about to. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves once the process has ended. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  ask(request: Request): Promise<Answer> {
    if (this.#end) return Promise.reject(this.#end);
    return this.#pending.send(request, (message) => {
      // A process that has just ended cannot be told anything; its end is heard of.
      this.#child.send(message, () => undefined);
    });
  }

  /** Ends the process at once; it has ended when the promise resolves. */
  async kill(): Promise<void> {
    this.#fail('the process was ended');
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #fail(message: string): void {
    this.#end ??= new ProcessEndedError(message);
    this.#pending.rejectAll(this.#end);
  }
}
