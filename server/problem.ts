import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { UserError } from '../src/base/errors.js';
import { isDiskFull } from '../src/base/file-errors.js';
import { QueueFullError } from './work-queue.js';

/** What went wrong with a request. */
export interface Problem {
  readonly status: number;
  /** For programs: stays the same between versions. */
  readonly code: string;
  /** For people. */
  readonly detail: string;
}

/** A problem document, RFC 9457. */
export const problemSchema = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'Name of the status' }),
    status: z.int(),
    code: z.string().meta({ description: 'For programs: stays the same between versions' }),
    detail: z.string().meta({ description: 'For people: what was wrong, with what, and what to do' }),
    error: z
      .string()
      .optional()
      .meta({ description: 'Below /v2: the detail, where clients of that protocol look' }),
  })
  .meta({ id: 'Problem' });

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
  401: 'unauthorized',
  404: 'not_found',
  408: 'request_timeout',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_type',
  422: 'undecodable',
  500: 'internal',
};

/** Errors of Express itself, such as a path that is no UTF-8, say which status they are. */
function isClientError(error: unknown): error is Error & { readonly status: number } {
  if (!(error instanceof Error) || !('status' in error)) return false;
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500;
}

/** Absolute paths with folders in them: none of addresses, whose slashes follow a colon or a host. */
const paths = /(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\'":,;()]+[/\\])+([^\s/\\'":,;()]*)/g;

/** A message of the library with the names of files alone: where they lie on the server is nobody's business. */
function withoutFolders(message: string): string {
  return message.replaceAll(paths, '$1');
}

/** The problem that an error is told as. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isDiskFull(error)) {
    return { status: 503, code: 'disk_full', detail: 'The disk of the server is full. Try again later.' };
  }
  if (error instanceof UserError) {
    const detail = withoutFolders(error.message);
    return { status: error.status, code: codes[error.status] ?? 'bad_request', detail };
  }
  if (error instanceof QueueFullError) {
    return {
      status: 503,
      code: 'overloaded',
      detail: 'The server has as much work as it takes on. Try again.',
    };
  }
  if (isClientError(error)) {
    return { status: error.status, code: codes[error.status] ?? 'bad_request', detail: error.message };
  }
  return { status: 500, code: 'internal', detail: 'Something went wrong in the server.' };
}

/** Seconds after which a client turned away may come back; a disk is not made room on in moments. */
const retryAfter = 2;
const retryAfterFull = 30;

/** The document that tells a problem. */
export function problemDocument({ status, code, detail }: Problem): z.infer<typeof problemSchema> {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Problem', status, code, detail };
}

function sendProblem(request: Request, response: Response, problem: Problem): void {
  const comesBack = problem.status === 503 || problem.code === 'key_limit';
  const seconds = problem.code === 'disk_full' ? retryAfterFull : retryAfter;
  if (comesBack) response.set('Retry-After', String(seconds));
  const document = problemDocument(problem);
  // Clients of the Open Inference Protocol look for a member of that name.
  const body = /^\/v2(\/|$)/.test(request.path) ? { ...document, error: problem.detail } : document;
  response.status(problem.status).type('application/problem+json').json(body);
}

/** Answers requests that no route took. */
export const unknownRoute: RequestHandler = (request, response) => {
  sendProblem(request, response, {
    status: 404,
    code: 'not_found',
    detail: `There is no ${request.method} ${request.path} here.`,
  });
};

function hasCause(error: unknown): boolean {
  return error instanceof Error && error.cause !== undefined;
}

/** Answers what a route has thrown with a problem document, and logs what is the server's own fault. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = problemOf(error);
    const isOurs = problem.status === 500 || isDiskFull(error) || (problem.status === 503 && hasCause(error));
    if (isOurs) logger.error({ err: error, id: response.locals.requestId }, 'request failed');
    // Too late for an answer: Express then closes the connection.
    if (response.headersSent) next(error);
    else sendProblem(request, response, problem);
  };
}
