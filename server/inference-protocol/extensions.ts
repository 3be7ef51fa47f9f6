import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { ModelTotals } from '../models/model-statistics.js';
import type { ModelInfo } from '../models/served-model.js';
import { tensorsOf } from './describe-model.js';
import { modelVersion } from './messages.js';
import { modelRoute } from './model-route.js';
import { tag } from './tag.js';

/*
 * What Triton adds to the protocol and its clients ask for: model configuration, statistics and the index of its
 * repository.
 * https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_model_configuration.html
 */

const configTensor = z.object({ name: z.string(), data_type: z.string(), dims: z.array(z.int()) });
const configSchema = z
  .object({
    name: z.string(),
    platform: z.string(),
    backend: z.string(),
    max_batch_size: z.int(),
    version_policy: z.object({ latest: z.object({ num_versions: z.int() }) }),
    input: z.array(configTensor),
    output: z.array(configTensor),
  })
  .meta({ id: 'ModelConfig' });

const duration = z.object({ count: z.int(), ns: z.int() });
const statisticsSchema = z
  .object({
    model_stats: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        last_inference: z.int().meta({ description: 'Milliseconds since 1970; 0 before the first' }),
        inference_count: z.int(),
        execution_count: z.int(),
        inference_stats: z.object({ success: duration, fail: duration, compute_infer: duration }),
        batch_stats: z.array(z.unknown()),
      }),
    ),
  })
  .meta({ id: 'ModelStatistics' });

const indexSchema = z
  .array(z.object({ name: z.string(), version: z.string(), state: z.literal('READY'), reason: z.string() }))
  .meta({ id: 'RepositoryIndex' });

export function extensionRoutes(context: ServerContext): Route[] {
  return [
    ...modelRoute(context, 'config', {
      operationId: 'modelConfig',
      summary: "A model's configuration, as Triton writes it",
      json: configSchema,
      answer: configOf,
    }),
    allStatistics(context),
    ...modelRoute(context, 'stats', {
      operationId: 'modelStatistics',
      summary: 'What a model has done since the server began',
      json: statisticsSchema,
      answer: (model) => ({ model_stats: [statisticsOf(model, context.models.statistics.of(model.name))] }),
    }),
    indexRoute(context),
  ];
}

function allStatistics({ models, lifecycle }: ServerContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v2/models/stats',
    operationId: 'statistics',
    summary: 'What all models have done since the server began',
    tag,
    answers: { 200: { description: 'Statistics', json: statisticsSchema } },
    async handle({ signal }) {
      await lifecycle.untilReady(signal);
      const all = models.models.map((model) => statisticsOf(model, models.statistics.of(model.name)));
      return { status: 200, json: { model_stats: all } };
    },
  });
}

/** A POST in Triton's protocol; the body that may come with it asks for nothing that would make a difference. */
function indexRoute({ models, lifecycle }: ServerContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v2/repository/index',
    operationId: 'repositoryIndex',
    summary: 'The models there are, all of them ready',
    tag,
    answers: { 200: { description: 'Models', json: indexSchema } },
    async handle({ signal }) {
      await lifecycle.untilReady(signal);
      const index = models.models.map(({ name }) => {
        return { name, version: modelVersion, state: 'READY' as const, reason: '' };
      });
      return { status: 200, json: index };
    },
  });
}

/** Data types as configurations name them. */
const configTypes: Readonly<Record<string, string>> = { BYTES: 'TYPE_STRING' };

function configOf(model: ModelInfo): z.infer<typeof configSchema> {
  const { inputs, outputs } = tensorsOf(model);
  const described = (tensors: typeof inputs) =>
    tensors.map(({ name, datatype, shape }) => {
      return { name, data_type: configTypes[datatype] ?? `TYPE_${datatype}`, dims: [...shape] };
    });
  return {
    name: model.name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    // Shapes have their batch in them.
    max_batch_size: 0,
    version_policy: { latest: { num_versions: 1 } },
    input: described(inputs),
    output: described(outputs),
  };
}

function statisticsOf({ name }: ModelInfo, { success, fail, last }: ModelTotals) {
  const duration = ({ count, nanoseconds }: ModelTotals['success']) => ({ count, ns: nanoseconds });
  return {
    name,
    version: modelVersion,
    last_inference: last,
    inference_count: success.count,
    execution_count: success.count,
    inference_stats: {
      success: duration(success),
      fail: duration(fail),
      compute_infer: duration(success),
    },
    batch_stats: [],
  };
}
