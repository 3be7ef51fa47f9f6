import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** What a client may call its request: nothing that could break a log line. */
const acceptableId = /^[\w.:-]{1,128}$/;

/** Gives every request an id, told back as X-Request-Id, and logs its answer. Bodies are never logged. */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const given = request.get('x-request-id');
    const id = given && acceptableId.test(given) ? given : randomUUID();
    response.set('X-Request-Id', id);
    response.on('close', () => {
      const entry = {
        id,
        method: request.method,
        path: request.path,
        status: response.statusCode,
        aborted: !response.writableFinished,
        milliseconds: Math.round(performance.now() - started),
      };
      // Probes come every few seconds and say nothing.
      const isProbe = request.path === '/healthz' || request.path === '/readyz';
      logger[isProbe ? 'debug' : 'info'](entry, 'request');
    });
    next();
  };
}
