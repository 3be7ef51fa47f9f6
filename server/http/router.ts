import type { RequestHandler, Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import { unlessAborted } from '../../src/base/unless-aborted.js';
import { ProblemError } from '../problem.js';
import { whileWanted } from './deadline.js';
import type { Route } from './route.js';

export interface RouterOptions {
  /** What a request has to pass before a route that is not public: keys, rate limits. */
  readonly guards?: readonly RequestHandler[];
  /** Seconds that an answer may take. */
  readonly seconds: number;
  /** Aborts when all answers are overdue. */
  readonly cut: AbortSignal;
}

/** An Express router for routes; other methods of their paths are answered with 405. */
export function createRouter(routes: readonly Route[], { guards = [], ...limits }: RouterOptions): Router {
  const router = Router();
  for (const route of routes) {
    const passed = route.isPublic ? [] : guards;
    router[route.method](
      expressPath(route.path),
      markRoute(route.path),
      ...passed,
      answerWith(route, limits),
    );
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = methodsOf(routes, path);
    router.all(expressPath(path), (request, response) => {
      response.set('Allow', allowed.join(', '));
      const detail = `${path} takes ${allowed.join(', ')}, not ${request.method}.`;
      throw new ProblemError(405, 'method_not_allowed', detail);
    });
  }
  return router;
}

/** Remembers which route a request took. */
function markRoute(path: string): RequestHandler {
  return (_request, response, next) => {
    response.locals.route = path;
    next();
  };
}

/** Path of the route that a request took, as it is written in the OpenAPI document. */
export function routeOf(response: Response): string | undefined {
  return response.locals.route as string | undefined;
}

function methodsOf(routes: readonly Route[], path: string): string[] {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

/** `/v1/scenes/{id}` as Express writes it. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function answerWith(route: Route, { seconds, cut }: Omit<RouterOptions, 'guards'>): RequestHandler {
  return async (request, response) => {
    const params = parse(route.params, request.params, 'path');
    const query = parse(route.query, request.query, 'query');
    const signal = whileWanted(response, cut, route.timeLimit === 'none' ? undefined : seconds);
    const reply = await unlessAborted(route.handle({ request, response, params, query, signal }), signal);
    if (reply)
      response
        .status(reply.status)
        .set(reply.headers ?? {})
        .json(reply.json);
  };
}

function parse(schema: z.ZodType | undefined, given: unknown, name: string): unknown {
  if (!schema) return {};
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ProblemError(400, 'bad_request', `Wrong ${name}: ${z.prettifyError(parsed.error)}`);
}
