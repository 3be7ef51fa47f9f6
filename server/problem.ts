import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { UserError } from '../src/errors.js';
import { QueueFullError } from './work-queue.js';

/** What went wrong with a request, as RFC 9457 wants it told. */
interface Problem {
  readonly status: number;
  /** For programs: stays the same between versions. */
  readonly code: string;
  /** For people. */
  readonly detail: string;
}

/** A refusal of this server with a code of its own. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(status: number, code: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.problem = { status, code, detail };
  }
}

const codes: Readonly<Record<number, string>> = {
  400: 'bad_request',
  404: 'not_found',
  408: 'request_timeout',
  413: 'too_large',
  415: 'unsupported_type',
  422: 'undecodable',
  500: 'internal',
};

/** Errors of Express's body reader: https://github.com/stream-utils/raw-body#errors */
interface BodyError extends Error {
  readonly status: number;
  readonly type: string;
  readonly limit?: number;
}

function isBodyError(error: unknown): error is BodyError {
  return error instanceof Error && 'status' in error && 'type' in error;
}

function bodyProblem({ status, type, limit }: BodyError): Problem {
  const detail =
    type === 'entity.too.large'
      ? `The body is larger than the limit of ${limit} bytes.`
      : `The body could not be read (${type}).`;
  return { status, code: codes[status] ?? 'bad_request', detail };
}

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof UserError) {
    return { status: error.status, code: codes[error.status] ?? 'bad_request', detail: error.message };
  }
  if (error instanceof QueueFullError) {
    return {
      status: 503,
      code: 'overloaded',
      detail: 'The server has as much work as it takes on. Try again.',
    };
  }
  if (isBodyError(error) && error.status < 500) return bodyProblem(error);
  return { status: 500, code: 'internal', detail: 'Something went wrong in the server.' };
}

/** Seconds after which a client turned away may come back. */
const retryAfter = 2;

function sendProblem(response: Response, { status, code, detail }: Problem): void {
  if (status === 503) response.set('Retry-After', String(retryAfter));
  response
    .status(status)
    .type('application/problem+json')
    .json({ type: 'about:blank', title: STATUS_CODES[status], status, code, detail });
}

/** Answers requests that no route took. */
export const unknownRoute: RequestHandler = (request, response) => {
  sendProblem(response, {
    status: 404,
    code: 'not_found',
    detail: `There is no ${request.method} ${request.path} here.`,
  });
};

/** Answers what a route has thrown with a problem document, and logs what is the server's own fault. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const problem = problemOf(error);
    if (problem.status === 500) logger.error({ err: error }, 'request failed');
    // Too late for an answer: Express then closes the connection.
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
}
