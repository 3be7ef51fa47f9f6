import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Reply, Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { ModelInfo } from '../models/served-model.js';
import { ProblemError } from '../problem.js';
import { modelVersion } from './messages.js';
import { tag } from './tag.js';

export const modelParams = z.object({ name: z.string().meta({ description: 'Name of a model' }) });
export const versionParams = modelParams.extend({
  version: z.string().meta({ description: `There is one of each model: ${modelVersion}` }),
});

export type ModelParams = z.infer<typeof modelParams> & Partial<z.infer<typeof versionParams>>;

/**
 * The model that a path names, once there are models.
 * @throws ProblemError 404 for a model or a version that there is not; 503 while the server takes no work
 */
export async function modelOf(
  { models, lifecycle }: Pick<ServerContext, 'models' | 'lifecycle'>,
  { name, version }: ModelParams,
  signal: AbortSignal,
): Promise<ModelInfo> {
  await lifecycle.untilReady(signal);
  const model = models.named(name);
  if (version === undefined || version === modelVersion) return model;
  const detail = `The model ${name} has no version "${version}": there is ${modelVersion} alone.`;
  throw new ProblemError(404, 'unknown_model', detail);
}

/** Something that is asked of a model. */
interface ModelQuestion<Json extends z.ZodType> {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly json: Json;
  readonly answer: (model: ModelInfo) => z.input<Json>;
}

/** `GET /v2/models/{name}/…`, and the same of a version by its number. */
export function modelRoute<Json extends z.ZodType>(
  context: ServerContext,
  end: '' | 'ready' | 'config' | 'stats',
  { operationId, summary, description, json, answer }: ModelQuestion<Json>,
): Route[] {
  const tail = end === '' ? '' : `/${end}`;
  const common = {
    method: 'get',
    description,
    tag,
    answers: { 200: { description: summary, json } },
    problems: [404],
  } as const;
  const reply = (model: ModelInfo) => ({ status: 200, json: answer(model) }) as Reply<typeof common.answers>;
  const plain = defineRoute({
    ...common,
    path: `/v2/models/{name}${tail}`,
    operationId,
    summary,
    params: modelParams,
    handle: async ({ params, signal }) => reply(await modelOf(context, params, signal)),
  });
  const versioned = defineRoute({
    ...common,
    path: `/v2/models/{name}/versions/{version}${tail}`,
    operationId: `${operationId}OfVersion`,
    summary: `${summary}, of a version`,
    params: versionParams,
    handle: async ({ params, signal }) => reply(await modelOf(context, params, signal)),
  });
  return [plain, versioned];
}
