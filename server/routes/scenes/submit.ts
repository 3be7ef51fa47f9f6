import { basename } from 'node:path';
import { z } from 'zod';
import { callerOf } from '../../access/caller.js';
import type { ServerContext } from '../../context.js';
import { asJson, modelParameter } from '../../http/parameters.js';
import type { Route } from '../../http/route.js';
import { binary, defineRoute } from '../../http/route.js';
import type { ModelInfo } from '../../models/served-model.js';
import { ProblemError } from '../../problem.js';
import type { SceneModel } from '../../scenes/job-messages.js';
import { sceneModelOf } from '../../scenes/scene-model.js';
import { sceneStatusSchema } from '../../scenes/scene-status.js';
import { checkBodyHeaders, receiveBody } from '../../uploads/receive-body.js';
import type { SceneContext } from './common.js';
import { tag } from './common.js';
import { searchQuery, settingsOf } from './search-query.js';

/** on, off, or a score. */
const firstLookParameter = z
  .string()
  .regex(/^(on|off|0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be on, off, or a score from 0 to 1')
  .transform((text) => (text === 'on' || text === 'off' ? text === 'on' : Number(text)))
  .optional()
  .meta({
    description:
      'Look at the scene reduced first, and in full only where that cannot exclude an object: on, off, or a score from 0 to 1 ' +
      'instead of the model’s own. Default off',
    override: asJson({ type: 'string' }),
  });

const submitQuery = z.strictObject({
  model: modelParameter,
  name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'What to call the scene in results; a file name' }),
  ...searchQuery,
  first_look: firstLookParameter,
});

/** `POST /v1/scenes`. */
export function submitRoute(context: SceneContext): Route {
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
      await context.lifecycle.untilReady(signal);
      const caller = callerOf(response);
      context.scenes.checkRoom(caller);
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
      const { model, name, first_look: firstLook } = query;
      const settings = { ...settingsOf(query), firstLook };
      const scene = await context.scenes.submit({
        receive: (take) => receiveBody(request, response, limits, signal, take),
        length: Number(request.get('content-length') ?? 0),
        name: fileName(name),
        model: sceneModel(findModel(context, model)),
        caller,
        settings,
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
