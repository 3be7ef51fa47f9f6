import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
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
    other.set('image', new Blob([jpeg]), 'red.jpg');
    expect(await problemOf(await postForm(other))).toMatchObject({ status: 400, detail: /"image"/ });
    const two = new FormData();
    two.append('image', new Blob([jpeg]), 'a.jpg');
    two.append('image', new Blob([jpeg]), 'b.jpg');
    expect(await problemOf(await postForm(two))).toMatchObject({ status: 400, detail: /more than one/ });
    const text = new FormData();
    text.set('image', 'no file');
    expect(await problemOf(await postForm(text))).toMatchObject({ status: 400 });
    expect(await problemOf(await postForm(new FormData()))).toMatchObject({ status: 400 });
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
