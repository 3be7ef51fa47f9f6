import { z } from 'zod';
import { callerOf } from '../../access/caller.js';
import { integerParameter } from '../../http/parameters.js';
import type { Route } from '../../http/route.js';
import { binary, defineRoute } from '../../http/route.js';
import { sendFile } from '../../http/send-file.js';
import type { SceneContext } from './common.js';
import { asBody, sceneParams, tag } from './common.js';

/** What is shown of scenes. */
export function imageRoutes(context: SceneContext): Route[] {
  return [descriptorRoute(context), tileRoute(context), viewRoute(context), attentionRoute(context)];
}

function descriptorRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/image.dzi',
    operationId: 'getZoomDescriptor',
    summary: 'Deep Zoom descriptor of a scene',
    tag,
    params: sceneParams,
    answers: { 200: { description: 'XML', content: { 'application/xml': z.string() } } },
    problems: [404, 422],
    async handle({ params: { id }, response }) {
      response
        .type('application/xml')
        .send(await scenes.images.descriptor(scenes.find(id, callerOf(response))));
      return undefined;
    },
  });
}

function tileRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/image_files/{level}/{tile}',
    operationId: 'getZoomTile',
    summary: 'Deep Zoom tile of a scene',
    tag,
    params: sceneParams.extend({
      level: z.string().regex(/^\d{1,2}$/),
      tile: z.string().regex(/^\d{1,6}_\d{1,6}\.jpeg$/),
    }),
    answers: { 200: { description: 'The tile', content: { 'image/jpeg': binary } } },
    problems: [404, 422],
    async handle({ params: { id, level, tile: name }, response }) {
      // The id stands for its pixels: they never change.
      const options = { immutable: true, maxAge: '1h' } as const;
      const scene = scenes.find(id, callerOf(response));
      await sendFile(response, await scenes.images.zoomTile(scene, Number(level), name), options);
      return undefined;
    },
  });
}

function viewRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/view',
    operationId: 'getView',
    summary: 'The whole scene shrunk to a square, as a model of a fixed input sees it',
    tag,
    params: sceneParams,
    query: z.strictObject({
      size: integerParameter({
        minimum: 16,
        maximum: 1024,
        description: 'Pixels a side. Default 224',
      }).optional(),
    }),
    answers: { 200: { description: 'The view', content: { 'image/png': binary } } },
    problems: [404, 422],
    async handle({ params: { id }, query: { size = 224 }, response }) {
      const scene = scenes.find(id, callerOf(response));
      response.type('png').send(asBody(await scenes.images.view(scene, size)));
      return undefined;
    },
  });
}

function attentionRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/attention',
    operationId: 'getAttention',
    summary: 'Where a classifier looked, to be laid over the scene',
    tag,
    params: sceneParams,
    answers: { 200: { description: 'An image, transparent elsewhere', content: { 'image/png': binary } } },
    problems: [404, 409, 422],
    async handle({ params: { id }, response }) {
      const scene = scenes.find(id, callerOf(response));
      response.type('png').send(asBody(await scenes.images.heat(scene)));
      return undefined;
    },
  });
}
