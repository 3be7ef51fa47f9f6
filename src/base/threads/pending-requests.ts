import { UserError } from '../errors.js';
import type { NumberedReply, NumberedRequest } from './requests.js';

interface Pending<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Requests that a thread or a process has been sent and not answered yet. */
export class PendingRequests<Request, Answer> {
  readonly #pending = new Map<number, Pending<Answer>>();
  #count = 0;
  /** Called when no request is open any more. */
  #onIdle: () => void = () => undefined;

  /** Numbers a request and sends it. */
  send(request: Request, post: (message: NumberedRequest<Request>) => void): Promise<Answer> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      post({ id, request });
    });
  }

  settle(reply: NumberedReply<Answer>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (!('error' in reply)) pending?.resolve(reply.answer);
    else if (reply.status === undefined) pending?.reject(reply.error);
    else pending?.reject(new UserError(reply.error.message, { status: reply.status, cause: reply.error }));
    if (this.#pending.size === 0) this.#onIdle();
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#onIdle();
  }

  /** Resolves once no request is open. */
  async settled(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
