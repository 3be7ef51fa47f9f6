import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.js';

/**
 * Refuses requests of HTTP/1.1 that do not say which host they are for, as RFC 9112 asks (section 3.2). Node.js would do it with an
 * empty answer; this one says why.
 */
export const requireHost: RequestHandler = (request, response, next) => {
  if (request.headers.host !== undefined || request.httpVersion === '1.0') return next();
  response.setHeader('Connection', 'close');
  next(new ProblemError(400, 'bad_request', 'The header Host is missing, which HTTP/1.1 asks for.'));
};
