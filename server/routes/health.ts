import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';

const phases = z.object({ status: z.enum(['starting', 'ready', 'stopping']) });

/**
 * `/healthz`: the process answers. `/readyz`: the models are loaded and warm, and the server is not about to stop;
 * what load balancers go by.
 */
export function healthRoutes({ lifecycle }: Pick<ServerContext, 'lifecycle'>): Route[] {
  const live = defineRoute({
    method: 'get',
    path: '/healthz',
    operationId: 'isAlive',
    summary: 'Whether the process answers',
    tag: 'health',
    isPublic: true,
    answers: { 200: { description: 'It does.', json: z.object({ status: z.literal('ok') }) } },
    handle: async () => ({ status: 200, json: { status: 'ok' } }),
  });
  const ready = defineRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'isReady',
    summary: 'Whether the server takes work',
    tag: 'health',
    isPublic: true,
    answers: {
      200: { description: 'The models are loaded and warm.', json: phases },
      503: { description: 'It is starting or stopping.', json: phases },
    },
    async handle() {
      const status = lifecycle.phase;
      return { status: status === 'ready' ? 200 : 503, json: { status } };
    },
  });
  return [live, ready];
}
