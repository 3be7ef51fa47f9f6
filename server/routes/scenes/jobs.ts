import { z } from 'zod';
import { callerOf } from '../../access/caller.js';
import { integerParameter } from '../../http/parameters.js';
import type { Route } from '../../http/route.js';
import { binary, defineRoute } from '../../http/route.js';
import { sceneEventSchema } from '../../scenes/scene-events.js';
import { formatFacts, resultFormats } from '../../scenes/scene-formats.js';
import { sceneStatusSchema } from '../../scenes/scene-status.js';
import { sendEvents } from '../../scenes/send-events.js';
import type { SceneContext } from './common.js';
import { asBody, sceneParams, tag } from './common.js';

/** What is told of scenes, and done with them. */
export function jobRoutes(context: SceneContext): Route[] {
  return [
    listRoute(context),
    statusRoute(context),
    eventsRoute(context),
    resultRoute(context),
    cancelRoute(context),
    removeRoute(context),
  ];
}

function listRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes',
    operationId: 'listScenes',
    summary: 'Scenes of the key that asks, the newest first',
    description: "An operator's key is answered with those of all keys.",
    tag,
    query: z.strictObject({
      limit: integerParameter({ minimum: 1, maximum: 1000, description: 'How many. Default 100' }).optional(),
    }),
    answers: { 200: { description: 'Scenes', json: z.object({ scenes: z.array(sceneStatusSchema) }) } },
    handle: async ({ query: { limit = 100 }, response }) => ({
      status: 200,
      json: { scenes: scenes.list(callerOf(response), limit) },
    }),
  });
}

function statusRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}',
    operationId: 'getScene',
    summary: 'How a scene is',
    tag,
    params: sceneParams,
    answers: { 200: { description: 'Its state', json: sceneStatusSchema } },
    problems: [404],
    handle: async ({ params: { id }, response }) => ({
      status: 200,
      json: scenes.status(id, callerOf(response)),
    }),
  });
}

function eventsRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/events',
    operationId: 'watchScene',
    summary: 'Tells how a scene goes on',
    description:
      'Server-sent events: `progress` at once and at every change, then one of `done`, `failed`, `cancelled` and ' +
      '`removed`. Their data are what GET /v1/scenes/{id} answers.',
    tag,
    params: sceneParams,
    answers: {
      200: {
        description: 'Events until the scene has ended',
        content: { 'text/event-stream': sceneEventSchema },
      },
    },
    problems: [404],
    timeLimit: 'none',
    async handle({ params: { id }, response, signal }) {
      await sendEvents(scenes, id, response, signal);
      return undefined;
    },
  });
}

function resultRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/result',
    operationId: 'getResult',
    summary: 'What was found in a scene',
    tag,
    params: sceneParams,
    query: z.strictObject({
      format: z.enum(resultFormats).optional().meta({
        description: 'Default json. A classifier has no boxes for geojson and coco.',
      }),
      download: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: 'Whether browsers should save it as a file' }),
    }),
    answers: {
      200: {
        description: 'The result',
        content: {
          'application/json': z.record(z.string(), z.unknown()),
          'application/geo+json': z.record(z.string(), z.unknown()),
          'text/csv': z.string(),
          'image/png': binary,
        },
      },
    },
    problems: [404, 409, 422],
    async handle({ params: { id }, query, response }) {
      const format = query.format ?? 'json';
      const scene = scenes.find(id, callerOf(response));
      const body = await scenes.images.result(scene, format);
      const { name } = scene.order;
      const { type, ending } = formatFacts[format];
      if (query.download === 'true') response.attachment(`${name.replace(/\.\w{1,5}$/, '')}${ending}`);
      response.type(type).send(asBody(body));
      return undefined;
    },
  });
}

function cancelRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/scenes/{id}/cancel',
    operationId: 'cancelScene',
    summary: 'Stops the work on a scene, whose image stays',
    tag,
    params: sceneParams,
    answers: { 200: { description: 'It was cancelled', json: sceneStatusSchema } },
    problems: [404, 409],
    handle: async ({ params: { id }, response }) => ({
      status: 200,
      json: await scenes.cancel(id, callerOf(response)),
    }),
  });
}

function removeRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'delete',
    path: '/v1/scenes/{id}',
    operationId: 'removeScene',
    summary: 'Removes a scene with its files, and cancels the work on it',
    tag,
    params: sceneParams,
    answers: { 204: { description: 'It was removed' } },
    problems: [404],
    async handle({ params: { id }, response }) {
      await scenes.remove(id, callerOf(response));
      response.status(204).end();
      return undefined;
    },
  });
}
