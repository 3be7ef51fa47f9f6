import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import { tag } from './tag.js';

const extensions = ['binary_tensor_data', 'classification', 'model_configuration', 'statistics'] as const;

/** What the protocol asks of a server as a whole. */
export function serverRoutes(context: Pick<ServerContext, 'lifecycle'>, version: string): Route[] {
  return [metadataRoute(version), liveRoute(), readyRoute(context)];
}

function metadataRoute(version: string): Route {
  return defineRoute({
    method: 'get',
    path: '/v2',
    operationId: 'serverMetadata',
    summary: 'Name and extensions of the server',
    tag,
    answers: {
      200: {
        description: 'Metadata',
        json: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
      },
    },
    handle: async () => ({
      status: 200,
      json: { name: 'vision-longformer', version, extensions: [...extensions] },
    }),
  });
}

function liveRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/v2/health/live',
    operationId: 'serverLive',
    summary: 'Whether the process answers',
    tag,
    isPublic: true,
    answers: { 200: { description: 'It does.', json: z.object({ live: z.literal(true) }) } },
    handle: async () => ({ status: 200, json: { live: true } }),
  });
}

function readyRoute({ lifecycle }: Pick<ServerContext, 'lifecycle'>): Route {
  return defineRoute({
    method: 'get',
    path: '/v2/health/ready',
    operationId: 'serverReady',
    summary: 'Whether the server takes work',
    tag,
    isPublic: true,
    answers: {
      200: { description: 'It does.', json: z.object({ ready: z.boolean() }) },
      503: { description: 'It is starting or stopping.', json: z.object({ ready: z.boolean() }) },
    },
    async handle() {
      const isReady = lifecycle.phase === 'ready';
      return { status: isReady ? 200 : 503, json: { ready: isReady } };
    },
  });
}
