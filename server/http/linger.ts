import type { Socket } from 'node:net';
import type { Request, RequestHandler } from 'express';

/** Long enough for a client that is still sending to notice that it has been answered. */
const lingerMilliseconds = 1000;

/**
 * Closes the connection of a request that was answered before its body was read, and says so in the answer. What is left of
 * the body is thrown away for a moment, as a connection closed at once would be reset, and the client might never see the
 * answer.
 */
export const lingerThenClose: RequestHandler = (request, response, next) => {
  const writeHead = response.writeHead;
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    if (isUnread(request)) {
      response.setHeader('Connection', 'close');
      closeSlowly(request.socket);
    }
    return writeHead.apply(response, args);
  }) as typeof writeHead;
  response.once('finish', () => {
    if (request.complete) return;
    // It may have been paused when it was refused.
    request.resume();
  });
  next();
};

/** Whether a request has a body that has not come yet. */
function isUnread({ complete, headers }: Request): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}

/** Has a connection end after the answer in two steps: nothing more is sent, and a moment later nothing is read. */
function closeSlowly(socket: Socket): void {
  // What Node calls once an answer with "Connection: close" is out.
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMilliseconds);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  };
}
