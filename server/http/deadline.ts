import type { Response } from 'express';
import { ProblemError } from '../problem.js';

/**
 * A signal that aborts when nobody waits for an answer any more.
 * @param seconds after which it is overdue; for ever by default
 */
export function whileWanted(response: Response, seconds?: number): AbortSignal {
  const wanted = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  if (seconds !== undefined) {
    const overdue = () =>
      wanted.abort(new ProblemError(503, 'timeout', `The answer took longer than ${seconds} seconds.`));
    timer = setTimeout(overdue, 1000 * seconds);
  }
  response.once('close', () => {
    clearTimeout(timer);
    if (response.writableFinished) return;
    wanted.abort(new ProblemError(499, 'client_closed', 'The client closed the connection.'));
  });
  return wanted.signal;
}
