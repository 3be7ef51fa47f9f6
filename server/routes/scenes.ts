import { basename } from 'node:path';
import { z } from 'zod';
import { mergeNames } from '../../src/detect/scene/merge.js';
import type { ServerContext } from '../context.js';
import { checkReady } from '../context.js';
import { integerParameter, modelParameter, numberParameter } from '../http/parameters.js';
import type { Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import { sendFile } from '../http/send-file.js';
import type { ModelInfo } from '../models/served-model.js';
import { ProblemError } from '../problem.js';
import type { SceneModel } from '../scenes/job-messages.js';
import { sceneEventSchema } from '../scenes/scene-events.js';
import { formatFacts, resultFormats } from '../scenes/scene-formats.js';
import { sceneModelOf } from '../scenes/scene-model.js';
import type { SceneService } from '../scenes/scene-service.js';
import { sceneStatusSchema } from '../scenes/scene-status.js';
import { sendEvents } from '../scenes/send-events.js';
import { checkBodyHeaders, receiveBody } from '../uploads/receive-body.js';

type SceneContext = ServerContext & { readonly scenes: SceneService };

const tag = 'scenes';
const params = z.object({ id: z.uuid().meta({ description: 'Of the scene, as its creation answered it' }) });

const submitQuery = z.strictObject({
  model: modelParameter,
  name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'What to call the scene in results; a file name' }),
  threshold: numberParameter({ minimum: 0, maximum: 1, description: 'Lowest score of an object' }).optional(),
  overlap: integerParameter({
    minimum: 0,
    maximum: 4096,
    description:
      'Pixels that tiles share: more than the largest object is long, less than tile_size. Default: what the detector needs, ' +
      '256 or more',
  }).optional(),
  tile_size: integerParameter({
    minimum: 32,
    maximum: 4096,
    description: 'Side of a tile in pixels. Default: what the memory allows',
  }).optional(),
  merge: z
    .enum(mergeNames)
    .optional()
    .meta({ description: 'How the finds of neighbouring tiles become one list. Default nms' }),
});

/** `/v1/scenes`: long jobs on images of any size. */
export function sceneRoutes(context: SceneContext): Route[] {
  return [
    submitRoute(context),
    statusRoute(context),
    eventsRoute(context),
    resultRoute(context),
    cancelRoute(context),
    removeRoute(context),
    ...imageRoutes(context),
  ];
}

function submitRoute(context: SceneContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/scenes',
    operationId: 'submitScene',
    summary: 'Takes a scene in, to be searched or classified',
    description:
      'Answered once the scene is on the disk: from then on the job is run whatever happens to the server. ' +
      'Without a model, the first detector takes it.',
    tag,
    query: submitQuery,
    body: {
      description: 'The scene itself',
      content: { 'image/*': binary, 'application/octet-stream': binary },
    },
    answers: {
      202: {
        description: 'Accepted',
        json: sceneStatusSchema,
        headers: { Location: 'Address of the job' },
      },
    },
    problems: [404, 408, 413, 415, 422],
    timeLimit: 'none',
    async handle({ request, response, query, signal }) {
      checkReady(context);
      context.scenes.checkRoom();
      const type = request.get('content-type') ?? 'application/octet-stream';
      if (!/^(image\/|application\/octet-stream\b)/i.test(type)) {
        throw new ProblemError(
          415,
          'unsupported_type',
          `The body is said to be ${type}. Send the scene itself, as image/* or application/octet-stream.`,
        );
      }
      const { bodyBytes: bytes, uploadSeconds: seconds } = context.scenes.limits;
      const limits = { bytes, seconds, idleSeconds: context.limits.idleSeconds };
      checkBodyHeaders(request, limits);
      const { model, name, threshold, overlap, tile_size: tileSize, merge } = query;
      const scene = await context.scenes.submit({
        receive: (take) => receiveBody(request, response, limits, signal, take),
        length: Number(request.get('content-length') ?? 0),
        name: fileName(name),
        model: sceneModel(findModel(context, model)),
        settings: { threshold, overlap, tileSize, merge },
      });
      return { status: 202, json: scene, headers: { Location: scene.links.self } };
    },
  });
}

function findModel({ models }: ServerContext, name: string | undefined): ModelInfo {
  const task = models.models.find((model) => model.name === name)?.task;
  return models.find(task ?? 'detect', name);
}

function sceneModel(info: ModelInfo): SceneModel {
  const model = sceneModelOf(info);
  if (model) return model;
  const detail = `The model ${info.name} is not in a folder, as long jobs need it to be.`;
  throw new ProblemError(400, 'bad_request', detail);
}

/** A name without folders or anything that could break a header. */
function fileName(name = 'scene'): string {
  const plain = basename(name.replaceAll('\\', '/')).replaceAll(/[\p{Cc}\p{Cf}"]/gu, '');
  return plain || 'scene';
}

function statusRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}',
    operationId: 'getScene',
    summary: 'How a scene is',
    tag,
    params,
    answers: { 200: { description: 'Its state', json: sceneStatusSchema } },
    problems: [404],
    handle: async ({ params: { id } }) => ({ status: 200, json: scenes.status(id) }),
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
    params,
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
    params,
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
      const { body, name } = await scenes.result(id, format);
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
    params,
    answers: { 200: { description: 'It was cancelled', json: sceneStatusSchema } },
    problems: [404, 409],
    handle: async ({ params: { id } }) => ({ status: 200, json: await scenes.cancel(id) }),
  });
}

function removeRoute({ scenes }: SceneContext): Route {
  return defineRoute({
    method: 'delete',
    path: '/v1/scenes/{id}',
    operationId: 'removeScene',
    summary: 'Removes a scene with its files, and cancels the work on it',
    tag,
    params,
    answers: { 204: { description: 'It was removed' } },
    problems: [404],
    async handle({ params: { id }, response }) {
      await scenes.remove(id);
      response.status(204).end();
      return undefined;
    },
  });
}

function imageRoutes({ scenes }: SceneContext): Route[] {
  const descriptor = defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/image.dzi',
    operationId: 'getZoomDescriptor',
    summary: 'Deep Zoom descriptor of a scene',
    tag,
    params,
    answers: { 200: { description: 'XML', content: { 'application/xml': z.string() } } },
    problems: [404, 422],
    async handle({ params: { id }, response }) {
      response.type('application/xml').send(await scenes.descriptor(id));
      return undefined;
    },
  });
  const tile = defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/image_files/{level}/{tile}',
    operationId: 'getZoomTile',
    summary: 'Deep Zoom tile of a scene',
    tag,
    params: params.extend({
      level: z.string().regex(/^\d{1,2}$/),
      tile: z.string().regex(/^\d{1,6}_\d{1,6}\.jpeg$/),
    }),
    answers: { 200: { description: 'The tile', content: { 'image/jpeg': binary } } },
    problems: [404, 422],
    async handle({ params: { id, level, tile: name }, response }) {
      // The id stands for its pixels: they never change.
      const options = { immutable: true, maxAge: '1h' } as const;
      await sendFile(response, await scenes.zoomTile(id, Number(level), name), options);
      return undefined;
    },
  });
  const view = defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/view',
    operationId: 'getView',
    summary: 'The whole scene shrunk to a square, as a model of a fixed input sees it',
    tag,
    params,
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
      response.type('png').send(asBody(await scenes.view(id, size)));
      return undefined;
    },
  });
  const attention = defineRoute({
    method: 'get',
    path: '/v1/scenes/{id}/attention',
    operationId: 'getAttention',
    summary: 'Where a classifier looked, to be laid over the scene',
    tag,
    params,
    answers: { 200: { description: 'An image, transparent elsewhere', content: { 'image/png': binary } } },
    problems: [404, 409, 422],
    async handle({ params: { id }, response }) {
      response.type('png').send(asBody(await scenes.heat(id)));
      return undefined;
    },
  });
  return [descriptor, tile, view, attention];
}

function asBody(body: string | Uint8Array): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
