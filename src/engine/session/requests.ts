import type { Transferable } from 'node:worker_threads';
import { parentPort } from 'node:worker_threads';
import { UserError } from '../../errors.js';

/** A request to a thread, numbered so that its answer finds back to who asked. */
export interface NumberedRequest<Request> {
  readonly id: number;
  readonly request: Request;
}

export type NumberedReply<Answer> =
  | { readonly id: number; readonly answer: Answer }
  // Copying an error to another thread loses its class.
  | { readonly id: number; readonly error: Error; readonly isUserError: boolean };

/**
 * Answers the requests that this thread's `RequestThread` sends, one after another.
 * @param transfer memory of an answer that moves to the other thread instead of being copied
 */
export function answerRequests<Request, Answer>(
  answer: (request: Request) => Promise<Answer>,
  transfer: (answer: Answer) => Transferable[] = () => [],
): void {
  let last: Promise<unknown> = Promise.resolve();
  parentPort!.on('message', ({ id, request }: NumberedRequest<Request>) => {
    last = last.then(async () => {
      const reply: NumberedReply<Answer> = await answer(request).then(
        (result) => ({ id, answer: result }),
        (error: Error) => ({ id, error, isUserError: error instanceof UserError }),
      );
      parentPort!.postMessage(reply, 'answer' in reply ? transfer(reply.answer) : []);
    });
  });
}
