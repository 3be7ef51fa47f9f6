import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../server/limits.js';
import { loadHosted } from '../../server/models/hosted-model.js';
import type { RunningServer } from '../../server/start-server.js';
import { writeTinyDetector } from '../helpers/tiny-model.js';
import { forgedPng, noisyJpeg, plain } from '../image/images.js';
import { standIn, startWith } from './running-server.js';

interface Sent {
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: RunningServer;
let detector: string;
let good: Uint8Array<ArrayBuffer>;
/** Files of all formats, to be damaged. */
let files: readonly Buffer[];
beforeAll(async () => {
  detector = await writeTinyDetector();
  const limits = { ...defaultLimits, bodyBytes: 100_000, pixels: 1_000_000, side: 5000 };
  const detect = () => loadHosted({ model: detector, threads: 1 });
  server = await startWith([standIn(), detect], { limits });
  await server.ready;
  const image = plain(40, 30, { r: 200, g: 40, b: 90 });
  good = Uint8Array.from(await image.png().toBuffer());
  const noise = await noisyJpeg(60, 40);
  const encoders = ['png', 'webp', 'tiff', 'gif', 'avif'] as const;
  files = [noise, ...(await Promise.all(encoders.map((format) => sharp(noise).toFormat(format).toBuffer())))];
});
afterAll(async () => {
  await server.close();
  await rm(dirname(detector), { recursive: true });
});

function send({ path, type, body, headers = {} }: Sent): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { ...headers, ...(type === '' ? {} : { 'content-type': type }) },
  });
}

/** A refusal with 400 to 499 and a problem document. Anything else is told with what was sent. */
async function expectRefusal(sent: Sent): Promise<void> {
  const response = await send(sent);
  const text = await response.text();
  const told = JSON.stringify({ ...sent, body: Buffer.from(sent.body).toString('latin1').slice(0, 200) });
  expect(response.status, `${told} ${text.slice(0, 200)}`).toBeGreaterThanOrEqual(400);
  expect(response.status, `${told} ${text}`).toBeLessThan(500);
  expect(response.headers.get('content-type'), told).toMatch('application/problem+json');
  const { type, title, status, code, detail } = JSON.parse(text);
  expect({ type, status }).toEqual({ type: 'about:blank', status: response.status });
  for (const part of [title, code, detail]) expect(part, told).toMatch(/\S/);
}

async function expectWell(): Promise<void> {
  const response = await send({ path: '/v1/classify', type: 'image/png', body: good });
  expect(response.status).toBe(200);
  expect((await response.json()).predictions[0].label).toBe('red');
}

const routes = fc.constantFrom('/v1/classify', '/v1/detect');
const imageType = fc.constantFrom('image/png', 'image/jpeg', 'application/octet-stream', '');

/** Bytes of no image, some of them beginning like one. */
const garbage = fc.record({
  path: routes,
  type: imageType,
  body: fc
    .tuple(
      fc.constantFrom('', '\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF', 'II*\0', 'GIF89a', 'BM'),
      fc.uint8Array(),
    )
    .map(([magic, bytes]) => Uint8Array.from(Buffer.concat([Buffer.from(magic, 'latin1'), bytes]))),
});

/** Files that end too early. */
const cut = fc
  .record({
    path: routes,
    type: imageType,
    file: fc.nat(5),
    share: fc.double({ min: 0, max: 0.6, noNaN: true }),
  })
  .map(({ path, type, file, share }) => {
    const whole = files[file]!;
    return { path, type, body: whole.subarray(0, Math.floor(share * whole.length)) };
  });

const wrongQuery = fc
  .record({
    path: routes,
    name: fc.constantFrom('top_k', 'threshold', 'attention', 'format', 'model', 'unknown', '__proto__'),
    value: fc.oneof(fc.constantFrom('', '-1', '1e9', 'NaN', '0x10', '1,5', 'null', '[]'), fc.string()),
  })
  .map(({ path, name, value }) => {
    // A name of a model or a number could be right by chance.
    const sure = name === 'model' ? `no ${value}` : name === 'threshold' ? `x${value}` : `${value}?`;
    return { path: `${path}?${name}=${encodeURIComponent(sure)}`, type: 'image/png', body: good };
  });

const wrongJson = fc
  .record({
    path: routes,
    text: fc.oneof(
      fc.json(),
      fc.string(),
      fc.webUrl().map((url) => JSON.stringify({ url })),
    ),
  })
  .map(({ path, text }) => ({ path, type: 'application/json', body: Buffer.from(text) }));

const wrongForm = fc
  .record({
    path: routes,
    name: fc.string(),
    content: fc.uint8Array(),
    end: fc.constantFrom('', '--b', '--b--'),
  })
  .map(({ path, name, content, end }) => {
    const head = `--b\r\nContent-Disposition: form-data; name="${name}x"; filename="f"\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n${end}`)]);
    return { path, type: 'multipart/form-data; boundary=b', body };
  });

const wrongType = fc
  .record({
    path: routes,
    type: fc.constantFrom('text/plain', 'image', 'image/', 'a', 'application/xml', 'video/mp4'),
  })
  .map((sent) => ({ ...sent, body: good }));

const tensor = fc.record({
  name: fc.oneof(fc.constantFrom('image', 'pixels'), fc.string()),
  datatype: fc.oneof(fc.constantFrom('BYTES', 'UINT8', 'FP32'), fc.string()),
  shape: fc.array(fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constantFrom(2 ** 31, 1e12, 0.5)), {
    maxLength: 5,
  }),
  parameters: fc.option(fc.record({ binary_data_size: fc.oneof(fc.integer(), fc.string()) }), {
    nil: undefined,
  }),
  data: fc.option(fc.array(fc.oneof(fc.integer(), fc.string(), fc.array(fc.anything())), { maxLength: 4 }), {
    nil: undefined,
  }),
});

/** Inference requests without an image or pixels that fit their shape. */
const wrongInference = fc
  .record({
    path: fc.constantFrom('/v2/models/stand-in/infer', '/v2/models/tiny-detector/infer'),
    text: fc.oneof(
      fc.json(),
      fc.array(tensor).map((inputs) => JSON.stringify({ inputs })),
    ),
    length: fc.option(fc.oneof(fc.integer().map(String), fc.constantFrom('x', '1e3', '-0')), {
      nil: undefined,
    }),
  })
  .map(({ path, text, length }) => ({
    path,
    type: 'application/json',
    body: Buffer.from(text),
    headers: length === undefined ? {} : { 'Inference-Header-Content-Length': length },
  }));

const generated = [garbage, cut, wrongQuery, wrongJson, wrongForm, wrongType, wrongInference];

describe('malformed requests', { timeout: 240_000 }, () => {
  it.each(generated.map((arbitrary, index) => [index, arbitrary] as const))(
    'of kind %i are refused, each followed by a right answer',
    async (_index, arbitrary) => {
      const property = fc.asyncProperty(arbitrary as fc.Arbitrary<Sent>, async (sent) => {
        await expectRefusal(sent);
        await expectWell();
      });
      await fc.assert(property, { numRuns: 40, seed: 20261128 });
    },
  );

  it('with headers that promise too much are refused before they are decoded', async () => {
    const bombs = [
      [100_000, 100_000],
      [1, 2 ** 31 - 1],
      [2 ** 31 - 1, 1],
      [6000, 100],
      [1001, 1000],
      [0, 0],
    ] as const;
    for (const [width, height] of bombs) {
      await expectRefusal({ path: '/v1/classify', type: 'image/png', body: forgedPng(width, height) });
    }
    // A few kilobytes of file, 16 megapixels.
    const bomb = await sharp({ create: { width: 4000, height: 4000, channels: 3, background: 'red' } })
      .png({ compressionLevel: 9, palette: true })
      .toBuffer();
    expect(bomb.length).toBeLessThan(100_000);
    await expectRefusal({ path: '/v1/detect', type: 'image/png', body: bomb });
    await expectWell();
  });

  it('that are no HTTP, or paths that are no UTF-8, do not get far', async () => {
    const { hostname, port } = new URL(server.url);
    const tell = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
        let answer = '';
        socket.setTimeout(3000, () => socket.destroy());
        socket.on('data', (data) => {
          answer += data;
          socket.end();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(answer));
      });
    const broken = [
      'hello\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /v1/classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
      'GET /v2/models/%ff HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /v2/models/%00%zz HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
      'BREW /v1/classify HTTP/1.1\r\nHost: x\r\n\r\n',
      'DELETE /v1/classify HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ];
    for (const text of broken) {
      const answer = await tell(text);
      expect(answer, text.slice(0, 80)).toMatch(/^HTTP\/1.1 4\d\d /);
      await expectWell();
    }
  });
});
