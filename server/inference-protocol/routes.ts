import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { checkReady } from '../context.js';
import type { Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import type { ModelInfo } from '../models/served-model.js';
import { imageProblems } from '../uploads/read-image.js';
import { infer } from './infer.js';
import { inferRequestSchema, inferResponseSchema, metadataSchema } from './messages.js';

const tag = 'open inference protocol';
const nameSchema = z.object({ name: z.string().meta({ description: 'Name of a model' }) });

/** The Open Inference Protocol, version 2, over HTTP: what clients of KServe and Triton speak. */
export function inferenceProtocolRoutes(context: ServerContext, version: string): Route[] {
  const { models, phase } = context;

  const server = defineRoute({
    method: 'get',
    path: '/v2',
    operationId: 'serverMetadata',
    summary: 'Name and extensions of the server',
    tag,
    answers: {
      200: {
        description: 'Metadata',
        json: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
      },
    },
    handle: async () => ({
      status: 200,
      json: { name: 'vision-longformer', version, extensions: ['binary_tensor_data', 'classification'] },
    }),
  });

  const live = defineRoute({
    method: 'get',
    path: '/v2/health/live',
    operationId: 'serverLive',
    summary: 'Whether the process answers',
    tag,
    isPublic: true,
    answers: { 200: { description: 'It does.', json: z.object({ live: z.literal(true) }) } },
    handle: async () => ({ status: 200, json: { live: true } }),
  });

  const ready = defineRoute({
    method: 'get',
    path: '/v2/health/ready',
    operationId: 'serverReady',
    summary: 'Whether the server takes work',
    tag,
    isPublic: true,
    answers: {
      200: { description: 'It does.', json: z.object({ ready: z.boolean() }) },
      503: { description: 'It is starting or stopping.', json: z.object({ ready: z.boolean() }) },
    },
    async handle() {
      const isReady = phase() === 'ready';
      return { status: isReady ? 200 : 503, json: { ready: isReady } };
    },
  });

  const metadata = defineRoute({
    method: 'get',
    path: '/v2/models/{name}',
    operationId: 'modelMetadata',
    summary: 'Inputs and outputs of a model',
    description: 'A request brings one of the two inputs.',
    tag,
    params: nameSchema,
    answers: { 200: { description: 'Metadata', json: metadataSchema } },
    problems: [404],
    async handle({ params }) {
      checkReady(context);
      return { status: 200, json: metadataOf(models.named(params.name)) };
    },
  });

  const modelReady = defineRoute({
    method: 'get',
    path: '/v2/models/{name}/ready',
    operationId: 'modelReady',
    summary: 'Whether a model takes work',
    tag,
    params: nameSchema,
    answers: {
      200: { description: 'It does.', json: z.object({ name: z.string(), ready: z.literal(true) }) },
    },
    problems: [404],
    async handle({ params }) {
      checkReady(context);
      return { status: 200, json: { name: models.named(params.name).name, ready: true } };
    },
  });

  const inference = defineRoute({
    method: 'post',
    path: '/v2/models/{name}/infer',
    operationId: 'infer',
    summary: 'Runs a model',
    description:
      'Inputs: `image`, BYTES [n], encoded images (in JSON as base64); or `pixels`, UINT8 [n, height, width, 3] of sRGB, or ' +
      'FP32 of the same shape from 0 to 1. A detector takes one image a request.',
    tag,
    params: nameSchema,
    headers: z.object({
      'Inference-Header-Content-Length': z
        .string()
        .regex(/^\d+$/)
        .optional()
        .meta({ description: 'Length of the JSON, where tensors follow it in binary' }),
    }),
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
      checkReady(context);
      await infer(call, context, models.named(call.params.name));
      return undefined;
    },
  });

  return [server, live, ready, metadata, modelReady, inference];
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
