import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/start-server.js';
import { plain } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { startStandIn } from '../running-server.js';

let server: RunningServer;
let jpeg: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  server = await startStandIn({ bodyBytes: 100_000, idleSeconds: 0.3, uploadSeconds: 1 });
  await server.ready;
  jpeg = new Uint8Array(await plain(320, 200, { r: 200, g: 40, b: 90 }).jpeg().toBuffer());
});
afterAll(() => server.close());

function postForm(form: FormData) {
  return fetch(`${server.url}/v1/classify`, { method: 'POST', body: form });
}

describe('a form', () => {
  it('brings its image', async () => {
    const form = new FormData();
    form.set('image', new Blob([jpeg], { type: 'image/jpeg' }), 'red.jpg');
    const response = await postForm(form);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ image: { width: 320, height: 200 } });
  });

  it('is refused with other parts, or none', async () => {
    const other = new FormData();
    other.set('other', new Blob([jpeg]), 'red.jpg');
    expect(await problemOf(await postForm(other))).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/It has a file in the field "other"/),
    });
    const many = new FormData();
    for (let image = 0; image < 65; image++) many.append('image', new Blob([new Uint8Array(9)]), 'a.jpg');
    expect(await problemOf(await postForm(many))).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/more than 64/),
    });
    const text = new FormData();
    text.set('image', 'no file');
    expect(await problemOf(await postForm(text))).toMatchObject({ status: 400 });
    expect(await problemOf(await postForm(new FormData()))).toMatchObject({ status: 400 });
  });

  it('brings several images, and is answered for each in their order', async () => {
    const form = new FormData();
    const colours = [
      { r: 220, g: 10, b: 10 },
      { r: 10, g: 220, b: 10 },
      { r: 10, g: 10, b: 220 },
    ];
    for (const [index, colour] of colours.entries()) {
      const file = await plain(40 + index, 30, colour)
        .png()
        .toBuffer();
      form.append('image', new Blob([new Uint8Array(file)]), `${index}.png`);
    }
    const { results } = (await (await postForm(form)).json()) as {
      results: { predictions: { label: string }[]; image: { width: number } }[];
    };
    expect(results.map(({ predictions, image }) => [predictions[0]!.label, image.width])).toEqual([
      ['red', 40],
      ['green', 41],
      ['blue', 42],
    ]);
    form.append('image', new Blob(['no image']), 'notes.txt');
    expect(await problemOf(await postForm(form))).toMatchObject({
      status: 415,
      detail: expect.stringMatching(/^Image 4 of 4: /),
    });
  });

  it('is told by name which of its files is empty', async () => {
    const form = new FormData();
    form.append('image', new Blob([]), 'nothing.jpg');
    expect(await problemOf(await postForm(form))).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/Its file, "nothing.jpg", is empty/),
    });
    form.append('image', new Blob([jpeg]), 'red.jpg');
    expect((await problemOf(await postForm(form))).detail).toMatch(/file 1 of 2, "nothing.jpg", is empty/);
  });

  it('is refused when it is cut short, has no boundary, or is too large', async () => {
    const post = (type: string, body: string) =>
      fetch(`${server.url}/v1/classify`, { method: 'POST', headers: { 'content-type': type }, body });
    const start = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nbytes';
    expect(await problemOf(await post('multipart/form-data; boundary=b', start))).toMatchObject({
      status: 400,
    });
    expect(await problemOf(await post('multipart/form-data', start))).toMatchObject({ status: 400 });
    const large = new FormData();
    large.set('image', new Blob([new Uint8Array(100_001)]), 'a');
    expect(await problemOf(await postForm(large))).toMatchObject({ status: 413 });
  });
});

describe('an address', () => {
  it('is refused where the operator allows no hosts', async () => {
    const response = await fetch(`${server.url}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: 'http://127.0.0.1/image.jpg' }),
    });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'url_refused' });
  });

  it.each(['', '{', '[]', '{"url": 1}', '{"url": "file:///etc/passwd"}', '{"url": "http://a", "x": 1}'])(
    'is refused as %s',
    async (body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/v1/classify`, { method: 'POST', headers, body });
      expect(await problemOf(response)).toMatchObject({ status: 400, code: 'bad_request' });
    },
  );
});

describe('a compressed body', () => {
  const post = (coding: string, body: Uint8Array) =>
    fetch(`${server.url}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', 'content-encoding': coding },
      body: new Uint8Array(body),
    });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['identity', (bytes: Uint8Array) => bytes],
  ])('of coding %s is decompressed', async (coding, compress) => {
    const response = await post(coding, compress(jpeg));
    expect(await response.json()).toMatchObject({ image: { width: 320, height: 200 } });
  });

  it('is bounded by what comes of it', async () => {
    // A kilobyte that would become a megabyte.
    const bomb = gzipSync(new Uint8Array(2 ** 20));
    expect(bomb.length).toBeLessThan(2000);
    expect(await problemOf(await post('gzip', bomb))).toMatchObject({
      status: 413,
      detail: expect.stringMatching(/100000 bytes once it is decompressed/),
    });
  });

  it('is refused when it is damaged, cut short, or compressed otherwise', async () => {
    const whole = gzipSync(jpeg);
    for (const wrong of [jpeg, whole.subarray(0, whole.length / 2), Buffer.alloc(40, 7)]) {
      expect(await problemOf(await post('gzip', wrong))).toMatchObject({ status: 400 });
    }
    expect(await problemOf(await post('br', whole))).toMatchObject({ status: 415 });
    expect(await problemOf(await post('gzip, gzip', whole))).toMatchObject({ status: 415 });
    expect(await problemOf(await post('gzip', gzipSync('')))).toMatchObject({ status: 400 });
    expect((await post('gzip', whole)).status).toBe(200);
  });
});

describe("an image in JSON, as Hugging Face's clients send it", () => {
  const post = (body: unknown, query = '') =>
    fetch(`${server.url}/v1/classify${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const inputs = () => Buffer.from(jpeg).toString('base64');

  it('is answered with a list, as they expect', async () => {
    const parameters = { top_k: 2, function_to_apply: 'softmax' };
    const answer = await (await post({ inputs: inputs(), parameters })).json();
    expect(answer).toHaveLength(2);
    expect(answer[0]).toMatchObject({ label: 'red', score: expect.any(Number) });
    const bytes = await fetch(`${server.url}/v1/classify?format=list`, { method: 'POST', body: jpeg });
    expect((await bytes.json()).slice(0, 2)).toEqual(answer);
    const object = await (await post({ inputs: inputs() }, '?format=json&top_k=1')).json();
    expect(object).toMatchObject({ predictions: [{ label: 'red' }], image: { width: 320 } });
    expect(await (await post({ inputs: `data:image/jpeg;base64,${inputs()}` })).json()).toHaveLength(3);
  });

  it.each([
    [{ inputs: '' }, /inputs/],
    [{ inputs: 'no base64!' }, /base64/],
    [{ inputs: 7 }, /inputs/],
    [{ inputs: 'AAAA', parameters: { top_k: 0 } }, /top_k/],
    [{ inputs: 'AAAA', parameters: { function_to_apply: 'sigmoid' } }, /function_to_apply/],
    [{ inputs: 'AAAA', parameters: { candidate_labels: ['cat'] } }, /candidate_labels/],
    [{ inputs: 'AAAA', url: 'http://a' }, /url/],
  ])('is refused as %j', async (body, detail) => {
    expect(await problemOf(await post(body))).toMatchObject({
      status: 400,
      detail: expect.stringMatching(detail),
    });
  });
});

describe('a slow client', () => {
  it('is told so when it pauses for too long, and when it never ends', async () => {
    const { hostname, port } = new URL(server.url);
    const head =
      'POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n';
    const answerTo = (drip: number | undefined) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname);
        socket.write(`${head}x`);
        const dripping = drip && setInterval(() => socket.write('x'), drip);
        let answer = '';
        socket.on('data', (data) => {
          answer += data;
        });
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearInterval(dripping);
          resolve(answer);
        });
      });
    const [paused, dripped] = await Promise.all([answerTo(undefined), answerTo(50)]);
    expect(paused).toMatch(/^HTTP\/1.1 408 /);
    expect(paused).toMatch(/went on within 0.3 seconds/);
    expect(dripped).toMatch(/^HTTP\/1.1 408 /);
    expect(dripped).toMatch(/ended within 1 seconds/);
  });

  it('that asks first is told before it sends anything', async () => {
    const ask = (length: number) =>
      new Promise<string>((resolve, reject) => {
        const asking = httpRequest(`${server.url}/v1/classify`, {
          method: 'POST',
          headers: { expect: '100-continue', 'content-type': 'image/jpeg', 'content-length': length },
        });
        asking.on('continue', () => asking.end(jpeg));
        asking.on('response', (response) => {
          response.resume();
          resolve(`${response.statusCode}`);
        });
        asking.on('error', reject);
        asking.flushHeaders();
      });
    expect(await ask(200_000)).toBe('413');
    expect(await ask(jpeg.length)).toBe('200');
  });
});
