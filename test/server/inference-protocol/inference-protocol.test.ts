import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { RunningServer } from '../../../server/start-server.js';
import { writeTinyDetector } from '../../helpers/tiny-model.js';
import { plain } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { standIn, startWith } from '../running-server.js';

let server: RunningServer;
let detector: string;
let red: Buffer;
let green: Buffer;
beforeAll(async () => {
  detector = await writeTinyDetector();
  server = await startWith([standIn(), () => loadHosted({ model: detector, threads: 1 })]);
  await server.ready;
  red = await plain(48, 32, { r: 220, g: 30, b: 10 }).png().toBuffer();
  green = await plain(48, 32, { r: 10, g: 220, b: 30 }).png().toBuffer();
});
afterAll(async () => {
  await server.close();
  await rm(dirname(detector), { recursive: true });
});

function infer(request: object, tail?: Uint8Array, model = 'stand-in') {
  const json = Buffer.from(JSON.stringify(request));
  const headers = { 'Inference-Header-Content-Length': String(json.length) };
  return fetch(`${server.url}/v2/models/${model}/infer`, {
    method: 'POST',
    body: new Uint8Array(Buffer.concat([json, tail ?? Buffer.alloc(0)])),
    headers: tail ? headers : {},
  });
}

/** Elements of a BYTES tensor as they are sent. */
function elements(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(part.length);
      return [length, part];
    }),
  );
}

/** Takes an answer apart: its JSON, and the bytes of its outputs. */
async function parts(response: Response) {
  const body = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length') ?? body.length);
  return { json: JSON.parse(body.subarray(0, length).toString()), tail: body.subarray(length) };
}

describe('the Open Inference Protocol', () => {
  it('describes the server and its models', async () => {
    const get = async (path: string) => (await fetch(`${server.url}/v2${path}`)).json();
    expect(await get('')).toMatchObject({
      name: 'vision-longformer',
      extensions: ['binary_tensor_data', 'classification', 'model_configuration', 'statistics'],
    });
    expect(await get('/health/live')).toEqual({ live: true });
    expect(await get('/health/ready')).toEqual({ ready: true });
    expect(await get('/models/stand-in/ready')).toEqual({ name: 'stand-in', ready: true });
    const { inputs, outputs } = await get('/models/stand-in');
    expect(inputs[0]).toEqual({ name: 'image', datatype: 'BYTES', shape: [-1] });
    expect(outputs[0]).toEqual({ name: 'scores', datatype: 'FP32', shape: [-1, 3] });
    const missing = await problemOf(await fetch(`${server.url}/v2/models/none`));
    expect(missing).toMatchObject({ status: 404, code: 'unknown_model' });
  });

  it('knows models by their version, and no other version', async () => {
    const get = (path: string) => fetch(`${server.url}/v2/models/stand-in${path}`);
    expect(await (await get('')).json()).toMatchObject({ versions: ['1'] });
    for (const path of ['', '/ready', '/config', '/stats']) {
      const [plain, versioned] = [await get(path), await get(`/versions/1${path}`)];
      expect(await versioned.json()).toEqual(await plain.json());
      expect(await problemOf(await get(`/versions/2${path}`))).toMatchObject({
        status: 404,
        code: 'unknown_model',
      });
    }
    const pixels = { name: 'pixels', shape: [1, 1, 1, 3], datatype: 'UINT8', data: [255, 0, 0] };
    const run = (version: string) =>
      fetch(`${server.url}/v2/models/stand-in/versions/${version}/infer`, {
        method: 'POST',
        body: JSON.stringify({ inputs: [pixels] }),
      });
    expect(await (await run('1')).json()).toMatchObject({ model_name: 'stand-in', model_version: '1' });
    expect(await problemOf(await run('7'))).toMatchObject({ status: 404 });
  });

  it('tells configuration, statistics and index as Triton does', async () => {
    const get = async (path: string) => (await fetch(`${server.url}/v2${path}`)).json();
    expect(await get('/models/tiny-detector/config')).toMatchObject({
      name: 'tiny-detector',
      max_batch_size: 0,
      input: [
        { name: 'image', data_type: 'TYPE_STRING', dims: [-1] },
        { name: 'pixels', data_type: 'TYPE_UINT8', dims: [-1, -1, -1, 3] },
      ],
      output: [{ name: 'boxes', data_type: 'TYPE_FP32', dims: [-1, 4] }, {}, {}, {}],
    });
    const before = (await get('/models/stand-in/stats')).model_stats[0];
    const pixels = { name: 'pixels', shape: [1, 1, 1, 3], datatype: 'UINT8', data: [255, 0, 0] };
    expect((await infer({ inputs: [pixels] })).status).toBe(200);
    const { model_stats: after } = await get('/models/stats');
    expect(after.map(({ name, version }: Record<string, unknown>) => [name, version])).toEqual([
      ['stand-in', '1'],
      ['tiny-detector', '1'],
    ]);
    expect(after[0].inference_count).toBe(before.inference_count + 1);
    expect(after[0].inference_stats.success.ns).toBeGreaterThan(before.inference_stats.success.ns);
    expect(after[0].last_inference).toBeGreaterThan(1e12);
    const index = await fetch(`${server.url}/v2/repository/index`, { method: 'POST' });
    expect(await index.json()).toContainEqual({
      name: 'stand-in',
      version: '1',
      state: 'READY',
      reason: '',
    });
  });

  it.each([255, 1.001, -0.001, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses FP32 pixels of %d, in JSON and in binary',
    async (value) => {
      const input = { name: 'pixels', shape: [1, 1, 1, 3], datatype: 'FP32' };
      const tail = Buffer.from(Float32Array.of(0, 1, value).buffer);
      const binary = { ...input, parameters: { binary_data_size: 12 } };
      const asked = [infer({ inputs: [binary] }, tail)];
      if (Number.isFinite(value)) asked.push(infer({ inputs: [{ ...input, data: [0, 1, value] }] }));
      for (const response of await Promise.all(asked)) {
        expect(await problemOf(response)).toMatchObject({
          status: 400,
          detail: expect.stringMatching(/^FP32 pixels are from 0 to 1, not /),
        });
      }
    },
  );

  it('takes bodies that are compressed', async () => {
    const tail = elements(red);
    const input = {
      name: 'image',
      shape: [1],
      datatype: 'BYTES',
      parameters: { binary_data_size: tail.length },
    };
    const json = Buffer.from(JSON.stringify({ inputs: [input] }));
    const response = await fetch(`${server.url}/v2/models/stand-in/infer`, {
      method: 'POST',
      body: new Uint8Array(gzipSync(Buffer.concat([json, tail]))),
      headers: { 'Inference-Header-Content-Length': String(json.length), 'Content-Encoding': 'gzip' },
    });
    const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
    expect(outputs[0]!.data[0]).toBeGreaterThan(0.9);
  });

  it('classifies several encoded images, in binary', async () => {
    const tail = elements(red, green);
    const input = {
      name: 'image',
      shape: [2],
      datatype: 'BYTES',
      parameters: { binary_data_size: tail.length },
    };
    const response = await infer(
      { id: '7', inputs: [input], parameters: { binary_data_output: true } },
      tail,
    );
    const { json, tail: answered } = await parts(response);
    expect(json).toMatchObject({ model_name: 'stand-in', id: '7' });
    const [scores, labels] = json.outputs;
    expect(scores).toMatchObject({ name: 'scores', shape: [2, 3], parameters: { binary_data_size: 24 } });
    const values = new Float32Array(new Uint8Array(answered.subarray(0, 24)).buffer);
    expect(values[0]).toBeGreaterThan(0.9);
    expect(values[4]).toBeGreaterThan(0.9);
    expect(labels.shape).toEqual([3]);
    expect(answered.subarray(24)).toEqual(
      elements(...['red', 'green', 'blue'].map((text) => Buffer.from(text))),
    );
  });

  it('classifies images and pixels in JSON, and names the best labels when asked to', async () => {
    const image = { name: 'image', shape: [1], datatype: 'BYTES', data: [green.toString('base64')] };
    const outputs = [{ name: 'scores', parameters: { classification: 2 } }];
    const { json } = await parts(await infer({ inputs: [image], outputs }));
    expect(json.outputs).toHaveLength(1);
    expect(json.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
    expect(json.outputs[0].data[0]).toMatch(/^(0\.9\d+|1\.0+):1:green$/);
    const row = Array.from({ length: 4 }, () => [0, 0, 255]);
    const pixels = { name: 'pixels', shape: [2, 4, 3], datatype: 'UINT8', data: [row, row] };
    const answer = await parts(await infer({ inputs: [pixels], outputs: [{ name: 'scores' }] }));
    expect(answer.json.outputs[0].data[2]).toBeGreaterThan(0.9);
    const floats = { name: 'pixels', shape: [1, 1, 1, 3], datatype: 'FP32', data: [1, 0, 0] };
    const float = await parts(await infer({ inputs: [floats], outputs: [{ name: 'scores' }] }));
    expect(float.json.outputs[0].data[0]).toBeGreaterThan(0.9);
  });

  it('detects in pixels', async () => {
    const noise = { type: 'gaussian', mean: 120, sigma: 60 } as const;
    const image = sharp({ create: { width: 60, height: 40, channels: 3, background: 'grey', noise } });
    const tail = await image.raw().toBuffer();
    const input = {
      name: 'pixels',
      shape: [40, 60, 3],
      datatype: 'UINT8',
      parameters: { binary_data_size: tail.length },
    };
    const { json } = await parts(await infer({ inputs: [input] }, tail, 'tiny-detector'));
    const [boxes, scores, classes, labels] = json.outputs;
    const count = scores.shape[0];
    expect(boxes.shape).toEqual([count, 4]);
    expect([boxes.data.length, scores.data.length, classes.data.length]).toEqual([4 * count, count, count]);
    expect(labels.data).toHaveLength(count);
    const two = { ...input, shape: [2, 20, 60, 3] };
    expect(await problemOf(await infer({ inputs: [two] }, tail, 'tiny-detector'))).toMatchObject({
      status: 400,
    });
  });

  const image = { name: 'image', shape: [1], datatype: 'BYTES' };
  const pixels = { name: 'pixels', shape: [1, 1, 1, 3], datatype: 'UINT8' };
  it.each([
    {},
    { inputs: [] },
    { inputs: [image] },
    { inputs: [{ ...image, data: ['not base64!'] }] },
    { inputs: [{ ...image, data: [7] }] },
    { inputs: [{ ...image, shape: [2], data: ['AAAA'] }] },
    { inputs: [{ ...image, shape: [1e9], data: ['AAAA'] }] },
    { inputs: [{ ...image, shape: [-1], data: ['AAAA'] }] },
    { inputs: [{ ...image, datatype: 'FP32', data: [1] }] },
    { inputs: [{ ...image, name: 'x', data: ['AAAA'] }] },
    { inputs: [{ ...pixels, data: [1, 2] }] },
    { inputs: [{ ...pixels, data: [1, 2, 300] }] },
    { inputs: [{ ...pixels, data: [1, 2, 0.5] }] },
    { inputs: [{ ...pixels, shape: [1, 1, 3, 1], data: [1, 2, 3] }] },
    { inputs: [{ ...pixels, parameters: { binary_data_size: 3 } }] },
    { inputs: [{ ...pixels, data: [1, 2, 3] }], outputs: [{ name: 'x' }] },
    {
      inputs: [{ ...pixels, data: [1, 2, 3] }],
      outputs: [{ name: 'labels', parameters: { classification: 1 } }],
    },
  ])('refuses %j', async (request) => {
    const response = await infer(request);
    const copy = response.clone();
    expect(await problemOf(response)).toMatchObject({ status: 400 });
    // What the protocol's own clients look for.
    expect(await copy.json()).toHaveProperty('error');
  });

  it('refuses lengths that do not fit', async () => {
    const input = { ...image, parameters: { binary_data_size: 6 } };
    expect(await problemOf(await infer({ inputs: [input] }, Buffer.from([9, 0, 0, 0, 1, 2])))).toMatchObject({
      status: 400,
    });
    const headers = { 'Inference-Header-Content-Length': '1000' };
    const body = JSON.stringify({ inputs: [image] });
    const response = await fetch(`${server.url}/v2/models/stand-in/infer`, { method: 'POST', body, headers });
    expect(await problemOf(response)).toMatchObject({ status: 400 });
    const garbage = elements(Buffer.from('no image'));
    const wrong = { ...image, parameters: { binary_data_size: garbage.length } };
    expect(await problemOf(await infer({ inputs: [wrong] }, garbage))).toMatchObject({ status: 415 });
  });
});
