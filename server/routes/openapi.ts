import { z } from 'zod';
import type { DocumentOptions } from '../http/openapi.js';
import { createOpenApi } from '../http/openapi.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';

/** `GET /openapi.json`: describes the given routes and itself. */
export function openApiRoute(routes: readonly Route[], options: DocumentOptions): Route {
  // Made when it is first asked for: that takes some milliseconds that a start need not wait for.
  let document: object | undefined;
  const route: Route = defineRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'describe',
    summary: 'This document',
    tag: 'health',
    isPublic: true,
    answers: {
      200: { description: 'OpenAPI 3.1', json: z.record(z.string(), z.unknown()) },
    },
    async handle() {
      document ??= createOpenApi([...routes, route], options);
      return { status: 200, json: document as Record<string, unknown> };
    },
  });
  return route;
}
