import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import { imageProblems } from '../uploads/read-image.js';
import { infer } from './infer.js';
import { inferRequestSchema, inferResponseSchema, modelParams } from './messages.js';
import { tag } from './tag.js';

const headers = z.object({
  'Inference-Header-Content-Length': z
    .string()
    .regex(/^\d+$/)
    .optional()
    .meta({ description: 'Length of the JSON, where tensors follow it in binary' }),
});

/** Runs a model. */
export function inferRoute(context: ServerContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v2/models/{name}/infer',
    operationId: 'infer',
    summary: 'Runs a model',
    description:
      'Inputs: `image`, BYTES [n], encoded images (in JSON as base64); or `pixels`, UINT8 [n, height, width, 3] of sRGB, or ' +
      'FP32 of the same shape from 0 to 1. A detector takes one image a request.',
    tag,
    params: modelParams,
    headers,
    body: {
      description: 'JSON, with tensors inside or behind it',
      content: { 'application/json': inferRequestSchema, 'application/octet-stream': binary },
    },
    answers: {
      200: {
        description: 'Outputs',
        json: inferResponseSchema,
        content: { 'application/octet-stream': binary },
      },
    },
    problems: [...imageProblems, 404],
    async handle(call) {
      await context.lifecycle.untilReady(call.signal);
      await infer(call, context, context.models.named(call.params.name));
      return undefined;
    },
  });
}
