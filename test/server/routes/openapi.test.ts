import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/start-server.js';
import { startStandIn } from '../running-server.js';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Record<string, { readonly content: object }>;
}

describe('GET /openapi.json', () => {
  let server: RunningServer;
  let paths: Record<string, Record<string, Operation>>;
  beforeAll(async () => {
    server = await startStandIn();
    await server.ready;
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Vision Longformer' } });
    ({ paths } = document);
  });
  afterAll(() => server.close());

  it('describes parameters as what they stand for', () => {
    const { parameters } = paths['/v1/classify']!.post!;
    const topK = parameters?.find(({ name }) => name === 'top_k');
    expect(topK).toMatchObject({ in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000 } });
    const attention = parameters?.find(({ name }) => name === 'attention');
    expect(attention?.schema).toMatchObject({ type: 'boolean', default: false });
  });

  it('names bodies, answers and problems', () => {
    const { requestBody, responses } = paths['/v1/classify']!.post!;
    expect(Object.keys(requestBody!.content)).toEqual([
      'image/*',
      'application/octet-stream',
      'multipart/form-data',
      'application/json',
    ]);
    // An address would be refused by a server that fetches nothing.
    expect(requestBody!.content).toMatchObject({
      'application/json': { schema: { properties: { inputs: {}, parameters: {} } } },
    });
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['200', '400', '408', '413', '415', '422']),
    );
    expect(responses['413']?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
  });

  it('writes triples and pairs as arrays of that length', () => {
    const { responses } = paths['/v1/models/{name}/config']!.get!;
    expect(responses['200']?.content).toMatchObject({
      'application/json': {
        schema: {
          properties: {
            preprocessing: {
              properties: { mean: { type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 } },
            },
          },
        },
      },
    });
  });

  it('gives every operation a name of its own', () => {
    const names = Object.values(paths).flatMap((path) => Object.values(path).map((each) => each.operationId));
    expect(names.length).toBeGreaterThan(4);
    expect(new Set(names).size).toBe(names.length);
    expect(paths).toHaveProperty('/openapi.json');
  });
});
