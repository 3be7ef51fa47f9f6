import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Call, Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import { imageProblems } from '../uploads/read-upload.js';
import { infer } from './infer.js';
import { inferRequestSchema, inferResponseSchema } from './messages.js';
import type { ModelParams } from './model-route.js';
import { modelOf, modelParams, versionParams } from './model-route.js';
import { tag } from './tag.js';

const headers = z.object({
  'Inference-Header-Content-Length': z
    .string()
    .regex(/^\d+$/)
    .optional()
    .meta({ description: 'Length of the JSON, where tensors follow it in binary' }),
});

/** Runs a model; the same of a version by its number. */
export function inferRoutes(context: ServerContext): Route[] {
  const common = {
    method: 'post',
    description:
      'Inputs: `image`, BYTES [n], encoded images (in JSON as base64); or `pixels`, UINT8 [n, height, width, 3] of sRGB, or ' +
      'FP32 of the same shape from 0 to 1. A detector takes one image a request.',
    tag,
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
  } as const;
  const answer = async (call: Call<ModelParams, unknown>) => {
    await infer(call, context, await modelOf(context, call.params, call.signal));
    return undefined;
  };
  const plain = defineRoute({
    ...common,
    path: '/v2/models/{name}/infer',
    operationId: 'infer',
    summary: 'Runs a model',
    params: modelParams,
    handle: answer,
  });
  const versioned = defineRoute({
    ...common,
    path: '/v2/models/{name}/versions/{version}/infer',
    operationId: 'inferOfVersion',
    summary: 'Runs a version of a model',
    params: versionParams,
    handle: answer,
  });
  return [plain, versioned];
}
