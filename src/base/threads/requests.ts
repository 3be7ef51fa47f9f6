import type { Transferable } from 'node:worker_threads';
import { parentPort } from 'node:worker_threads';
import { UserError } from '../errors.js';

/** A request to a thread, numbered so that its answer finds back to who asked. */
export interface NumberedRequest<Request> {
  readonly id: number;
  readonly request: Request;
}

export type NumberedReply<Answer> =
  | { readonly id: number; readonly answer: Answer }
  // Copying an error to another thread loses its class; `status` is that of a UserError.
  | { readonly id: number; readonly error: Error; readonly status?: number };

export interface AnswerOptions<Answer> {
  /** Memory of an answer that moves to the other thread instead of being copied. */
  readonly transfer?: (answer: Answer) => Transferable[];
  /** Whether a request has to wait for those before it. Default true. */
  readonly inOrder?: boolean;
}

/** Answers the requests that the `RequestThread` of this thread, or the `RequestProcess` of this process, sends. */
export function answerRequests<Request, Answer>(
  answer: (request: Request) => Promise<Answer>,
  { transfer = () => [], inOrder = true }: AnswerOptions<Answer> = {},
): void {
  let last: Promise<unknown> = Promise.resolve();
  const onMessage = ({ id, request }: NumberedRequest<Request>) => {
    const reply = async () => {
      const numbered: NumberedReply<Answer> = await answer(request).then(
        (result) => ({ id, answer: result }),
        (error: Error) => ({ id, error, status: error instanceof UserError ? error.status : undefined }),
      );
      if (parentPort) parentPort.postMessage(numbered, 'answer' in numbered ? transfer(numbered.answer) : []);
      else process.send!(numbered);
    };
    last = inOrder ? last.then(reply) : reply();
  };
  if (parentPort) parentPort.on('message', onMessage);
  else process.on('message', onMessage);
}
