import { connect } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/start-server.js';
import { jpeg2000 } from '../../image/formats/write-jpeg2000.js';
import { forgedPng, noisyJpeg, plain } from '../../image/images.js';
import { tinyTiff } from '../../image/raster/tiny-tiff.js';
import { problemOf as problem } from '../problem-of.js';
import { GatedRunner, startStandIn, until } from '../running-server.js';

let server: RunningServer;
let jpeg: Buffer;
beforeAll(async () => {
  server = await startStandIn({ bodyBytes: 1_000_000, pixels: 4_000_000 });
  await server.ready;
  jpeg = await plain(320, 200, { r: 200, g: 40, b: 90 }).jpeg().toBuffer();
});
afterAll(() => server.close());

function post(body: Uint8Array | string | null, query = '', type = 'image/jpeg', url = server.url) {
  const sent = body instanceof Uint8Array ? new Uint8Array(body) : body;
  return fetch(`${url}/v1/classify${query}`, {
    method: 'POST',
    body: sent,
    headers: { 'content-type': type },
  });
}

describe('POST /v1/classify', () => {
  it('answers predictions with their image and model', async () => {
    const response = await post(jpeg);
    expect(response.status).toBe(200);
    const body = await response.json();
    expect(body).toMatchObject({ model: 'stand-in', image: { width: 320, height: 200 }, tiles: 1 });
    expect(body.predictions.map(({ label }: { label: string }) => label)).toEqual(['red', 'blue', 'green']);
    expect(body.predictions[0].score).toBeGreaterThan(0.9);
    expect(body).not.toHaveProperty('attention');
  });

  it('takes application/octet-stream and no type at all', async () => {
    expect((await post(jpeg, '', 'application/octet-stream')).status).toBe(200);
    const response = await fetch(`${server.url}/v1/classify`, { method: 'POST', body: new Uint8Array(jpeg) });
    expect(response.status).toBe(200);
  });

  it('reads JPEG 2000 as it reads the same pixels in a PNG', async () => {
    const [width, height] = [64, 32];
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, at) => (at % 3 === 0 ? 180 : at % 97));
    const png = sharp(pixels, { raw: { width, height, channels: 3 } }).png();
    const expected = await (await post(await png.toBuffer())).json();
    const response = await post(
      await jpeg2000({ width, height, bands: 3, bits: 8 }, pixels),
      '',
      'image/jp2',
    );
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      predictions: expected.predictions,
      image: { width, height },
    });
  });

  it('stretches floats, and says so', async () => {
    const tiff = tinyTiff({
      width: 40,
      height: 30,
      bands: 3,
      bits: 32,
      float: true,
      sample: (x, y) => x / 10 + y,
    });
    const body = await (await post(tiff)).json();
    expect(body).toMatchObject({ image: { width: 40, height: 30 } });
    expect(body.notes).toEqual([expect.stringMatching(/stretched from the 2nd to the 98th percentile/)]);
  });

  it('answers as many labels as top_k says', async () => {
    const body = await (await post(jpeg, '?top_k=2')).json();
    expect(body.predictions).toHaveLength(2);
  });

  it('draws the attention when asked to', async () => {
    const body = await (await post(jpeg, '?attention=true')).json();
    const png = Buffer.from(body.attention.overlay.replace('data:image/png;base64,', ''), 'base64');
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 320, height: 200 });
  });

  it.each(['?top_k=0', '?top_k=x', '?top_k=1.5', '?attention=yes', '?topk=3'])(
    'refuses the query %s',
    async (query) => {
      expect(await problem(await post(jpeg, query))).toMatchObject({ status: 400, code: 'bad_request' });
    },
  );

  it('refuses bodies that are no image, each with its own status', async () => {
    expect(await problem(await post('{}', '', 'text/plain'))).toMatchObject({
      status: 415,
      code: 'unsupported_type',
    });
    expect(await problem(await post('hello', '', 'image/png'))).toMatchObject({ status: 415 });
    expect(await problem(await post(null, '', 'image/png'))).toMatchObject({ status: 400 });
    const noise = await noisyJpeg(300, 200);
    expect(await problem(await post(noise.subarray(0, noise.length >> 1)))).toMatchObject({
      status: 422,
      code: 'undecodable',
    });
  });

  it('refuses what is too large, in bytes and in pixels', async () => {
    const bytes = await problem(await post(new Uint8Array(1_000_001)));
    expect(bytes).toMatchObject({ status: 413, code: 'too_large', detail: /limit of 1000000 bytes/ });
    const pixels = await problem(await post(forgedPng(100_000, 100_000)));
    expect(pixels).toMatchObject({ status: 413, code: 'too_large' });
    expect(pixels.detail).toMatch(/100000 x 100000 pixels/);
  });

  it('knows no other method and no other path', async () => {
    const get = await fetch(`${server.url}/v1/classify`);
    expect(get.headers.get('allow')).toBe('POST');
    expect(await problem(get)).toMatchObject({ status: 405 });
    expect(await problem(await fetch(`${server.url}/v1/nothing`))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });

  it('answers well after all that', async () => {
    expect((await post(jpeg)).status).toBe(200);
  });

  it('names the request, as the client did if it did', async () => {
    expect((await post(jpeg)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const headers = { 'x-request-id': 'mine-7' };
    const named = await fetch(`${server.url}/v1/classify`, {
      method: 'POST',
      body: new Uint8Array(jpeg),
      headers,
    });
    expect(named.headers.get('x-request-id')).toBe('mine-7');
  });
});

describe('under load', () => {
  it('turns away what it has no place for, and answers the rest', async () => {
    const runner = new GatedRunner();
    const small = await startStandIn({ queueLength: 1, running: 1 }, runner);
    await small.ready;
    const first = post(jpeg, '', 'image/jpeg', small.url);
    await until(() => runner.started === 1);
    // There is a place for one of the next two, whichever comes first.
    const rivals = [post(jpeg, '', 'image/jpeg', small.url), post(jpeg, '', 'image/jpeg', small.url)];
    const refused = await Promise.race(rivals);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await problem(refused)).toMatchObject({ status: 503, code: 'overloaded' });
    runner.release();
    expect((await first).status).toBe(200);
    await until(() => runner.started === 2);
    runner.release();
    const statuses = (await Promise.all(rivals)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 503]);
    await small.close();
  });

  it('gives the place of a client that has gone to another', async () => {
    const runner = new GatedRunner();
    const small = await startStandIn({ queueLength: 1, running: 1 }, runner);
    await small.ready;
    const first = post(jpeg, '', 'image/jpeg', small.url);
    await until(() => runner.started === 1);
    const gone = new AbortController();
    const body = new Uint8Array(jpeg);
    const second = fetch(`${small.url}/v1/classify`, { method: 'POST', body, signal: gone.signal });
    await new Promise((resolve) => setTimeout(resolve, 300));
    gone.abort();
    await expect(second).rejects.toThrow();
    // A request that waits is not answered before the first is.
    const isRefused = async () => {
      const answer = post(jpeg, '', 'image/jpeg', small.url);
      const early = await Promise.race([
        answer,
        new Promise<undefined>((resolve) => setTimeout(resolve, 500)),
      ]);
      return early?.status === 503;
    };
    while (await isRefused());
    runner.release();
    expect((await first).status).toBe(200);
    await until(() => runner.started === 2);
    runner.release();
    await small.close();
  });

  it('says so when an answer takes too long', async () => {
    const runner = new GatedRunner();
    const impatient = await startStandIn({ seconds: 0.3 }, runner);
    await impatient.ready;
    const response = await post(jpeg, '', 'image/jpeg', impatient.url);
    expect(await problem(response)).toMatchObject({ status: 503, code: 'timeout' });
    runner.release();
    await impatient.close();
  });
});

it('survives a client that does not speak HTTP', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.write('hello\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1.1 400/);
  socket.destroy();
});
