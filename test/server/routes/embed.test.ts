import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { RunningServer } from '../../../server/start-server.js';
import { writeFeatureModel } from '../../helpers/tiny-model.js';
import { gradientImage } from '../../image/images.js';
import { startWith } from '../running-server.js';

let folder: string;
let server: RunningServer;
beforeAll(async () => {
  folder = await writeFeatureModel();
  server = await startWith([(signal) => loadHosted({ model: folder, threads: 1 }, undefined, signal)]);
  await server.ready;
}, 120_000);
afterAll(async () => {
  await server.close();
  await rm(dirname(folder), { recursive: true });
});

async function post(path: string) {
  const body = new Uint8Array(await gradientImage(64, 48).png().toBuffer());
  return fetch(`${server.url}${path}`, { method: 'POST', body, headers: { 'content-type': 'image/png' } });
}

describe('POST /v1/embed', () => {
  it('answers vectors, and the tokens of patches where they are asked for', async () => {
    const response = await post('/v1/embed?patches=true');
    expect(response.status).toBe(200);
    const answer = await response.json();
    expect(answer).toMatchObject({ model: 'features', image: { width: 64, height: 48 }, tiles: 1 });
    expect(answer.embedding).toHaveLength(16);
    expect(answer.class_token).toEqual(answer.embedding);
    expect(answer.patches).toMatchObject({ rows: 6, columns: 8, width: 16 });
    const bytes = Uint8Array.from(Buffer.from(answer.patches.data, 'base64'));
    const patches = new Float32Array(bytes.buffer);
    expect(patches).toHaveLength(6 * 8 * 16);
    const mean = answer.mean.map((_: number, channel: number) => {
      let sum = 0;
      for (let token = 0; token < 48; token++) sum += patches[token * 16 + channel]!;
      return sum / 48;
    });
    for (const [channel, value] of mean.entries()) expect(answer.mean[channel]).toBeCloseTo(value, 4);
    const plain = await (await post('/v1/embed')).json();
    expect(plain).not.toHaveProperty('patches');
  });

  it('refuses to classify by a model of features', async () => {
    const response = await post('/v1/classify');
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toMatch(/without a classifier/);
  });

  it('is in the OpenAPI document', async () => {
    const { paths, components } = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(paths['/v1/embed'].post.operationId).toBe('embed');
    expect(components.schemas.Embedding.properties).toHaveProperty('class_token');
  });
});
