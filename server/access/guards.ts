import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { ProblemError } from '../problem.js';
import type { KeyHolder, KeyRing } from './key-ring.js';

/** Where the holder of a request's key is kept, for limits and logs. */
export function keyHolderOf(response: Response): KeyHolder | undefined {
  return response.locals.keyHolder as KeyHolder | undefined;
}

/** Lets requests through that bring a key, as `Authorization: Bearer …` or `X-API-Key: …`. */
export function askForKey(keys: () => KeyRing): RequestHandler {
  return (request, response, next) => {
    const key = keyOf(request);
    const holder = key === undefined ? undefined : keys().find(key);
    if (!holder) {
      response.set('WWW-Authenticate', 'Bearer realm="vision-longformer"');
      const detail = key === undefined ? 'A key is needed' : 'The key is not known';
      const how = 'Send one as "Authorization: Bearer <key>" or "X-API-Key: <key>".';
      throw new ProblemError(401, 'unauthorized', `${detail}. ${how}`);
    }
    response.locals.keyHolder = holder;
    next();
  };
}

function keyOf(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? request.get('x-api-key');
}

/** Bounds the requests a minute of each key, or of each address where there are no keys. */
export function limitRate(requestsPerMinute: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: (_request: Request, response: Response) => keyHolderOf(response)?.limits.rate ?? requestsPerMinute,
    keyGenerator(request: Request, response: Response) {
      const holder = keyHolderOf(response);
      return holder ? `key ${holder.id}` : ipKeyGenerator(addressOf(request.ip ?? 'unknown'));
    },
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler(_request, response, next) {
      const seconds = response.get('Retry-After');
      const when = seconds === undefined ? '' : ` Try again in ${seconds} seconds.`;
      next(new ProblemError(429, 'rate_limited', `More requests than allowed a minute.${when}`));
    },
  });
}

/** An address without the port that some proxies write behind it, as in `198.51.100.50:1000` and `[2001:db8::1]:1000`. */
export function addressOf(written: string): string {
  const found = /^\[([^\]]+)\](?::\d+)?$|^([^:]+):\d+$/.exec(written.trim());
  return found?.[1] ?? found?.[2] ?? written.trim();
}

/** Lets pages of other origins use the API. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin');
    const origin = request.get('origin');
    if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return next();
    response.set('Access-Control-Allow-Origin', origins.includes('*') ? '*' : origin);
    response.set('Access-Control-Expose-Headers', 'Location, Retry-After, X-Request-Id');
    // Without this header another origin's page may fetch an answer but not show it as an image.
    response.set('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method !== 'OPTIONS' || request.get('access-control-request-method') === undefined)
      return next();
    response.set('Access-Control-Allow-Methods', 'GET, POST, DELETE');
    response.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-API-Key, X-Request-Id');
    response.set('Access-Control-Max-Age', '600');
    response.status(204).end();
  };
}
