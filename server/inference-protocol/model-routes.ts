import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { tensorsOf } from './describe-model.js';
import { metadataSchema, modelVersion } from './messages.js';
import { modelRoute } from './model-route.js';

/** What the protocol says of a model. */
export function modelRoutes(context: ServerContext): Route[] {
  return [
    ...modelRoute(context, '', {
      operationId: 'modelMetadata',
      summary: 'Inputs and outputs of a model',
      description: 'A request brings one of the two inputs.',
      json: metadataSchema,
      answer: (model) => ({
        name: model.name,
        versions: [modelVersion],
        platform: 'onnxruntime_onnx',
        ...tensorsOf(model),
      }),
    }),
    ...modelRoute(context, 'ready', {
      operationId: 'modelReady',
      summary: 'Whether a model takes work',
      json: z.object({ name: z.string(), ready: z.literal(true) }),
      answer: ({ name }) => ({ name, ready: true as const }),
    }),
  ];
}
