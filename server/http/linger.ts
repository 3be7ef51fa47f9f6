import type { RequestHandler } from 'express';

/** Long enough for a client that is still sending to notice that it has been answered. */
const lingerMilliseconds = 1000;

/**
 * Closes the connection of a request that was answered before its body was read: what is left of the body is thrown
 * away for a moment, as a connection closed at once would be reset, and the client might never see the answer.
 */
export const lingerThenClose: RequestHandler = (request, response, next) => {
  response.once('finish', () => {
    if (request.complete) return;
    const timer = setTimeout(() => request.socket.destroy(), lingerMilliseconds);
    // Once all of the body has come after all, or the client has gone.
    request.once('close', () => clearTimeout(timer));
  });
  next();
};
