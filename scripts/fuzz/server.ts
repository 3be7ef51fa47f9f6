import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { defaultLimits } from '../../server/limits.js';
import { LocalClassifier } from '../../server/models/local-classifier.js';
import { LocalDetector } from '../../server/models/local-detector.js';
import { defaultSceneLimits } from '../../server/scenes/scene-limits.js';
import { startServer } from '../../server/start-server.js';
import { UserError } from '../../src/base/errors.js';
import type { Random } from '../../src/base/random.js';
import { integer } from '../../src/base/random.js';
import { loadDetector, loadModel } from '../../src/detect/load.js';
import { writeTinyDetector, writeTinyModel } from '../../test/helpers/tiny-model.js';
import { gradientImage, noisyJpeg } from '../../test/image/images.js';
import { damage } from './damage.js';
import type { FuzzInput, OpenTarget } from './target.js';

/** Codes of what the server may answer with 503: see docs/serving.md. */
const passing = new Set(['overloaded', 'timeout', 'starting', 'stopping', 'disk_full']);

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const blank = '\r\n\r\n';

function encode({ method = 'POST', path, type, headers = {}, body = Buffer.alloc(0) }: Request): Buffer {
  const all = { Host: 'localhost', Connection: 'close', ...(type && { 'Content-Type': type }), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}`;
  return withBody(Buffer.from(head), body);
}

/** A request with the length that its body has. */
function withBody(head: Buffer, body: Buffer): Buffer {
  const kept = head.toString('latin1').replace(/\r\nContent-Length: \d+/i, '');
  const length = body.length > 0 || /^POST/.test(kept) ? `\r\nContent-Length: ${body.length}` : '';
  return Buffer.concat([Buffer.from(`${kept}${length}${blank}`, 'latin1'), body]);
}

async function requests(): Promise<FuzzInput[]> {
  const png = await gradientImage(40, 30).png().toBuffer();
  const jpeg = await noisyJpeg(60, 40);
  const base64 = jpeg.toString('base64');
  const part = (name: string, type: string, content: Buffer | string) =>
    Buffer.concat([
      Buffer.from(
        `--b\r\nContent-Disposition: form-data; name="${name}"; filename="a.png"\r\nContent-Type: ${type}${blank}`,
      ),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]);
  const form = Buffer.concat([
    part('file', 'image/png', png),
    part('file', 'image/jpeg', jpeg),
    Buffer.from('--b--\r\n'),
  ]);
  const infer = (inputs: object, more: object = {}) =>
    Buffer.from(JSON.stringify({ id: '1', inputs: [inputs], ...more }));
  const pixels = Buffer.from(Uint8Array.from({ length: 3 * 16 * 16 }, (_, n) => n % 256));
  const binaryHead = infer(
    {
      name: 'pixels',
      datatype: 'UINT8',
      shape: [1, 16, 16, 3],
      parameters: { binary_data_size: pixels.length },
    },
    { outputs: [{ name: 'scores', parameters: { binary_data: true } }] },
  );
  const json = 'application/json';
  const list: Request[] = [
    { path: '/v1/classify?top_k=2', type: 'image/png', body: png },
    { path: '/v1/classify?attention=true', type: 'image/jpeg', body: jpeg },
    {
      path: '/v1/classify',
      type: json,
      body: Buffer.from(JSON.stringify({ inputs: base64, parameters: { top_k: 1 } })),
    },
    { path: '/v1/classify', type: 'image/png', headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(png) },
    { path: '/v1/detect?threshold=0.3&format=geojson', type: 'multipart/form-data; boundary=b', body: form },
    { path: '/v1/detect', type: 'image/png', body: png },
    {
      path: '/v2/models/classifier/infer',
      type: json,
      body: infer({ name: 'image', datatype: 'BYTES', shape: [1], data: [base64] }),
    },
    {
      path: '/v2/models/detector/infer',
      type: json,
      body: infer({
        name: 'pixels',
        datatype: 'UINT8',
        shape: [1, 2, 2, 3],
        data: [...pixels.subarray(0, 12)],
      }),
    },
    {
      path: '/v2/models/classifier/versions/1/infer',
      type: 'application/octet-stream',
      headers: { 'Inference-Header-Content-Length': `${binaryHead.length}` },
      body: Buffer.concat([binaryHead, pixels]),
    },
    { path: '/v1/scenes?name=a.png&threshold=0.4&tile_size=64', type: 'image/png', body: png },
    { path: '/v2/repository/index', type: json, body: Buffer.from('{"ready": true}') },
    ...[
      '/v1/models',
      '/v1/scenes',
      '/v1/scenes/abc/image.dzi',
      '/v1/scenes/abc/image_files/3/0_0.jpeg',
      '/v1/models/classifier/weights',
      '/v2/models/stats',
      '/openapi.json',
      '/metrics',
      '/',
    ].map((path): Request => ({ method: 'GET', path, headers: { Range: 'bytes=0-99', Accept: '*/*' } })),
  ];
  return list.map((request) => ({
    name: `${request.method ?? 'POST'} ${request.path}`,
    bytes: encode(request),
    // Some of them are for what is not there.
    isRefused: true,
  }));
}

/** Damages the body, and says its new length; or the head; or all of it, lengths included. */
function damageRequest({ bytes }: FuzzInput, random: Random, other: FuzzInput): Buffer {
  const end = bytes.indexOf(blank);
  const [head, body] = [bytes.subarray(0, end), bytes.subarray(end + blank.length)];
  const otherBody = other.bytes.subarray(other.bytes.indexOf(blank) + blank.length);
  const what = integer(random, 10);
  if (what < 5 && body.length > 0)
    return withBody(head, damage(body, random, otherBody, body.indexOf(0) < 0));
  if (what < 8) return withBody(damage(head, random, other.bytes, true), body);
  return damage(bytes, random, other.bytes, false);
}

/** What came back before the connection ended, or in eight seconds. */
function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    const timer = setTimeout(() => socket.destroy(), 8000);
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts));
    });
  });
}

/** The real server, its models in this process, over sockets. */
export const openServer: OpenTarget = async (folder) => {
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  const [classifierPath, detectorPath] = [
    await writeTinyModel('classifier'),
    await writeTinyDetector('detector'),
  ];
  const limits = {
    ...defaultLimits,
    bodyBytes: 200_000,
    pixels: 1_000_000,
    side: 4000,
    idleSeconds: 2,
    headerSeconds: 2,
  };
  const server = await startServer({
    port: 0,
    host: '127.0.0.1',
    limits,
    logger: pino({ level: 'silent' }),
    models: [
      async () => new LocalClassifier(await loadModel(classifierPath, { threads: 1 }), classifierPath),
      async () =>
        new LocalDetector('detector', await loadDetector(detectorPath, { threads: 1 }), detectorPath),
    ],
    scenes: { folder: data, limits: defaultSceneLimits, threads: 1 },
  });
  await server.ready;
  const port = Number(new URL(server.url).port);
  const health = encode({ method: 'GET', path: '/healthz' });
  return {
    inputs: await requests(),
    isText: true,
    damage: damageRequest,
    async read(bytes) {
      const answer = await exchange(port, bytes);
      const alive = await exchange(port, health);
      if (!alive.toString('latin1').startsWith('HTTP/1.1 200'))
        throw new Error(`afterwards /healthz says ${first(alive)}`);
      return judge(answer, folder, server.url);
    },
    close: () => server.close(),
  };
};

/** @returns the status, the same for the same request where the server keeps nothing */
async function judge(answer: Buffer, folder: string, url: string): Promise<string> {
  const text = answer.toString('latin1');
  // A request that promises more than it sends may be dropped without a word.
  if (text === '') return 'dropped';
  const [, status = '', head = '', body = ''] =
    /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n(.*)$/s.exec(text) ?? [];
  if (status === '') throw new Error(`no HTTP in the answer: ${first(answer)}`);
  if (text.includes(folder)) throw new Error(`a folder of the server in the answer: ${first(answer)}`);
  if (/^[123]/.test(status)) {
    const [, id] = status === '202' ? (/"id":"([\w-]+)"/.exec(body) ?? []) : [];
    if (id) await fetch(`${url}/v1/scenes/${id}`, { method: 'DELETE' });
    return status;
  }
  if (status === '503' && passing.has(/"code":"(\w+)"/.exec(body)?.[1] ?? '')) return status;
  if (status.startsWith('5')) throw new Error(`the answer is ${first(answer)}`);
  // HEAD has no body to tell anything in.
  if (!/^content-type: application\/problem\+json/im.test(head))
    throw new Error(`no problem document: ${first(answer)}`);
  throw new UserError(status);
}

function first(answer: Buffer): string {
  return JSON.stringify(answer.toString('latin1').slice(0, 600));
}
