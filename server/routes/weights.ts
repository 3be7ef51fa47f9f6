import { join } from 'node:path';
import { z } from 'zod';
import { readDescription } from '../../src/checkpoint/model-folder.js';
import { preprocessingSchema } from '../../src/image/preprocessing.js';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import { sendFile } from '../http/send-file.js';
import { ProblemError } from '../problem.js';

const params = z.object({ name: z.string().min(1).max(200).meta({ description: 'Of a classifier' }) });

/** What a browser needs to run a classifier itself. */
export function weightRoutes({ models, lifecycle }: Pick<ServerContext, 'models' | 'lifecycle'>): Route[] {
  const config = defineRoute({
    method: 'get',
    path: '/v1/models/{name}/config',
    operationId: 'getModelConfig',
    summary: 'Architecture, preprocessing and labels of a classifier, to run it elsewhere',
    tag: 'models',
    params,
    answers: {
      200: {
        description: 'As in its folder',
        json: z.object({
          model: z.record(z.string(), z.unknown()),
          preprocessing: preprocessingSchema,
          labels: z.array(z.string()),
        }),
      },
    },
    problems: [404],
    async handle({ params: { name }, signal }) {
      await lifecycle.untilReady(signal);
      const { config: model, preprocessing, labels } = await readDescription(folderOf(models, name));
      return { status: 200, json: { model: { ...model }, preprocessing, labels: [...labels] } };
    },
  });
  const weights = defineRoute({
    method: 'get',
    path: '/v1/models/{name}/weights',
    operationId: 'getModelWeights',
    summary: 'Weights of a classifier, as safetensors',
    tag: 'models',
    params,
    answers: { 200: { description: 'The file', content: { 'application/octet-stream': binary } } },
    problems: [404],
    async handle({ params: { name }, response, signal }) {
      await lifecycle.untilReady(signal);
      const folder = folderOf(models, name);
      await sendFile(response.type('application/octet-stream'), join(folder, 'model.safetensors'), {
        maxAge: '1h',
      });
      return undefined;
    },
  });
  return [config, weights];
}

function folderOf(models: ServerContext['models'], name: string): string {
  const { task, folder } = models.named(name);
  if (task === 'classify' && folder !== undefined) return folder;
  const why = task === 'classify' ? 'is not in a folder' : 'is no classifier';
  throw new ProblemError(
    404,
    'not_found',
    `The model ${name} ${why}, so there is nothing to run it elsewhere with.`,
  );
}
