import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { createDocument } from 'zod-openapi';
import { problemSchema } from '../problem.js';
import type { AnswerSpec, Content, Route } from './route.js';

export interface DocumentOptions {
  readonly version: string;
  /** Whether routes that are not public ask for a key. */
  readonly hasKeys: boolean;
}

/** Problems that any route may answer with: wrong parameters, an error of the server, or none of its time left. */
const commonProblems = [400, 500, 503];

/** The OpenAPI 3.1 document of routes. */
export function createOpenApi(
  routes: readonly Route[],
  options: DocumentOptions,
): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, options) };
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Vision Longformer',
        version: options.version,
        description: 'Classifies and searches large images at their full resolution.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      paths,
      components: options.hasKeys ? { securitySchemes } : {},
    },
    { override: writeTuples },
  );
}

/** Writes tuples whose members are alike as arrays of a fixed length: many readers of such documents know no other. */
function writeTuples({ jsonSchema }: { jsonSchema: object }): void {
  const schema = jsonSchema as { prefixItems?: unknown[]; items?: unknown };
  const [first, ...others] = schema.prefixItems ?? [];
  if (first === undefined || !others.every((other) => isDeepStrictEqual(other, first))) return;
  delete schema.prefixItems;
  schema.items = first;
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
} as const;

function operationOf(route: Route, { hasKeys }: DocumentOptions): ZodOpenApiOperationObject {
  const { operationId, summary, description, tag, body } = route;
  const needsKey = hasKeys && !route.isPublic;
  return {
    operationId,
    summary,
    description,
    tags: [tag],
    requestParams: {
      ...(route.params && { path: route.params as z.ZodObject }),
      ...(route.query && { query: route.query as z.ZodObject }),
      ...(route.headers && { header: route.headers }),
    },
    ...(body && { requestBody: { ...body, required: true, content: contentOf(body.content) } }),
    responses: responsesOf(route, needsKey),
    ...(needsKey && { security: [{ bearer: [] }, { header: [] }] }),
  };
}

function responsesOf(route: Route, needsKey: boolean): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, answer] of Object.entries(route.answers)) {
    responses[status as '200'] = responseOf(answer);
  }
  const problems = [...commonProblems, ...(route.problems ?? []), ...(needsKey ? [401, 429] : [])];
  for (const status of new Set(problems)) {
    responses[String(status) as '400'] ??= {
      description: STATUS_CODES[status] ?? 'Problem',
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return responses;
}

function responseOf({ description, json, content = {}, headers = {} }: AnswerSpec) {
  const described = Object.entries(headers).map(([name, meaning]) => [
    name,
    { description: meaning, schema: { type: 'string' as const } },
  ]);
  return {
    description,
    content: contentOf({ ...(json && { 'application/json': json }), ...content }),
    headers: Object.fromEntries(described),
  };
}

function contentOf(content: Content) {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}
