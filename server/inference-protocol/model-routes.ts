import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { ModelInfo } from '../models/served-model.js';
import { metadataSchema, modelParams } from './messages.js';
import { tag } from './tag.js';

/** What the protocol says of a model. */
export function modelRoutes(context: ServerContext): Route[] {
  return [metadataRoute(context), readyRoute(context)];
}

function metadataRoute(context: ServerContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v2/models/{name}',
    operationId: 'modelMetadata',
    summary: 'Inputs and outputs of a model',
    description: 'A request brings one of the two inputs.',
    tag,
    params: modelParams,
    answers: { 200: { description: 'Metadata', json: metadataSchema } },
    problems: [404],
    async handle({ params, signal }) {
      await context.lifecycle.untilReady(signal);
      return { status: 200, json: metadataOf(context.models.named(params.name)) };
    },
  });
}

function readyRoute(context: ServerContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v2/models/{name}/ready',
    operationId: 'modelReady',
    summary: 'Whether a model takes work',
    tag,
    params: modelParams,
    answers: {
      200: { description: 'It does.', json: z.object({ name: z.string(), ready: z.literal(true) }) },
    },
    problems: [404],
    async handle({ params, signal }) {
      await context.lifecycle.untilReady(signal);
      return { status: 200, json: { name: context.models.named(params.name).name, ready: true } };
    },
  });
}

function metadataOf({ name, task, labels }: ModelInfo) {
  const outputs =
    task === 'classify'
      ? [
          { name: 'scores', datatype: 'FP32', shape: [-1, labels.length] },
          { name: 'labels', datatype: 'BYTES', shape: [labels.length] },
        ]
      : [
          { name: 'boxes', datatype: 'FP32', shape: [-1, 4] },
          { name: 'scores', datatype: 'FP32', shape: [-1] },
          { name: 'classes', datatype: 'INT32', shape: [-1] },
          { name: 'labels', datatype: 'BYTES', shape: [-1] },
        ];
  return {
    name,
    platform: 'onnxruntime_onnx',
    inputs: [
      { name: 'image', datatype: 'BYTES', shape: [-1] },
      { name: 'pixels', datatype: 'UINT8', shape: [-1, -1, -1, 3] },
    ],
    outputs,
  };
}
