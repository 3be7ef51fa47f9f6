import type { Response } from 'express';
import { ProblemError } from '../problem.js';

/**
 * A signal that aborts when nobody waits for an answer any more.
 * @param cut aborts when all answers are overdue
 * @param seconds after which this one is; for ever by default
 */
export function whileWanted(response: Response, cut: AbortSignal, seconds?: number): AbortSignal {
  const wanted = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  if (seconds !== undefined) {
    const overdue = () =>
      wanted.abort(new ProblemError(503, 'timeout', `The answer took longer than ${seconds} seconds.`));
    timer = setTimeout(overdue, 1000 * seconds);
  }
  const end = () => wanted.abort(cut.reason);
  if (cut.aborted) end();
  cut.addEventListener('abort', end);
  response.once('close', () => {
    clearTimeout(timer);
    cut.removeEventListener('abort', end);
    if (response.writableFinished) return;
    wanted.abort(new ProblemError(499, 'client_closed', 'The client closed the connection.'));
  });
  return wanted.signal;
}
