import type { Server } from 'node:http';
import type { RequestHandler } from 'express';

/** Milliseconds between the first signs that the client is still there; after that they become rarer. */
const firstPause = 100;
const longestPause = 2000;

/** Has a server keep connections whose clients say that they have sent all, as some do after a request. */
export function allowHalfClosed(server: Server): void {
  // Not documented, but there since the first versions of Node.
  Object.assign(server, { httpAllowHalfOpen: true });
}

/**
 * Finds out whether a client that sends no more still waits for its answer: one that has gone says the same. It is sent
 * `102 Processing` (RFC 2518), which clients pass over; where nobody receives it any more, the connection is reset, and the
 * work for it ends.
 */
export const answerHalfClosed: RequestHandler = (request, response, next) => {
  const { socket } = request;
  let pause = firstPause;
  let timer: NodeJS.Timeout | undefined;
  const probe = () => {
    if (response.headersSent || !socket.writable) return;
    response.writeProcessing();
    timer = setTimeout(probe, pause);
    pause = Math.min(2 * pause, longestPause);
  };
  // HTTP/1.0 knows no answers before the answer.
  if (request.httpVersionMinor > 0) socket.once('end', probe);
  response.once('close', () => {
    clearTimeout(timer);
    socket.off('end', probe);
  });
  next();
};
