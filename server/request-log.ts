import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { keyHolderOf } from './access/guards.js';
import { routeOf } from './http/router.js';
import type { Metrics } from './metrics.js';

/** What a client may call its request: nothing that could break a log line. */
const acceptableId = /^[\w.:-]{1,128}$/;

/**
 * Gives every request an id, told back as X-Request-Id; logs and counts its answer. Neither bodies nor queries nor keys
 * are ever logged, only the name of the key.
 */
export function requestLog(logger: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const given = request.get('x-request-id');
    const id = given && acceptableId.test(given) ? given : randomUUID();
    response.set('X-Request-Id', id);
    response.locals.requestId = id;
    const { method, path } = request;
    response.on('close', () => {
      const milliseconds = performance.now() - started;
      const aborted = !response.writableFinished;
      // What nginx calls a request whose client has gone.
      const status = aborted && !response.headersSent ? 499 : response.statusCode;
      const key = keyHolderOf(response)?.name;
      const entry = { id, method, path, status, aborted, milliseconds: Math.round(milliseconds), key };
      // Probes come every few seconds and say nothing.
      const isProbe = path === '/healthz' || path === '/readyz' || path.startsWith('/v2/health/');
      logger[isProbe ? 'debug' : 'info'](entry, 'request');
      // Methods are a client's choice of words.
      const known = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
      metrics.countRequest(known, routeOf(response) ?? 'other', status, milliseconds / 1000);
    });
    next();
  };
}
