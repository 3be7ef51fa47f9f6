import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { ServedModel } from '../models/served-model.js';
import { tasks } from '../models/served-model.js';

const share = z.number().min(0).max(1);

export const modelSchema = z
  .object({
    name: z.string(),
    task: z.enum(tasks),
    labels: z.array(z.string()),
    stride: z.int().meta({ description: 'Pixels that the sides of its input are padded to multiples of' }),
    summary: z.string().optional().meta({ description: 'What it finds or tells apart, in what' }),
    licence: z.string().optional().meta({
      description: 'Of the weights: an SPDX identifier or a sentence; absent where the model does not say',
    }),
    gsd: z
      .number()
      .optional()
      .meta({ description: 'Metres on the ground that a pixel covers of the images it learned from' }),
    threshold: share
      .optional()
      .meta({ description: 'Of a detector: score from which on something counts as found by default' }),
    figures: z
      .array(
        z.object({
          measure: z.string(),
          value: share,
          interval: z.tuple([share, share]).optional().meta({ description: '95 %, over the images' }),
          of: z.string().meta({ description: 'Of which images' }),
        }),
      )
      .optional()
      .meta({ description: 'How well it does' }),
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
      return { status: 200, json: { models: models.models.map(listed) } };
    },
  });
  return [list];
}

function listed({ name, task, labels, stride, card }: ServedModel['info']): z.output<typeof modelSchema> {
  const { gsd, operatingPoint, about } = card ?? {};
  return {
    name,
    task,
    labels: [...labels],
    stride,
    summary: about?.summary,
    licence: about?.licence,
    gsd,
    threshold: operatingPoint?.threshold,
    figures: about?.figures,
  };
}
