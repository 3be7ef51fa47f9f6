import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import { tasks } from '../models/served-model.js';

export const modelSchema = z
  .object({
    name: z.string(),
    task: z.enum(tasks),
    labels: z.array(z.string()),
    stride: z.int().meta({ description: 'Pixels that the sides of its input are padded to multiples of' }),
  })
  .meta({ id: 'Model' });

/** `GET /v1/models`: what can be asked for as `model`. */
export function modelRoutes({ models, lifecycle }: Pick<ServerContext, 'models' | 'lifecycle'>): Route[] {
  const list = defineRoute({
    method: 'get',
    path: '/v1/models',
    operationId: 'listModels',
    summary: 'The models served',
    description: 'The first of a task is the one that requests without `model` go to.',
    tag: 'models',
    answers: {
      200: { description: 'All models', json: z.object({ models: z.array(modelSchema) }) },
    },
    async handle({ signal }) {
      await lifecycle.untilReady(signal);
      const known = models.models.map(({ name, task, labels, stride }) => ({ name, task, labels, stride }));
      return { status: 200, json: { models: known } };
    },
  });
  return [list];
}
