import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing, makeKey } from '../../../server/access/key-ring.js';
import type { RunningServer, ServerOptions } from '../../../server/start-server.js';
import { plain } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { standIn, startWith } from '../running-server.js';

let folder: string;
let jpeg: Uint8Array<ArrayBuffer>;
let server: RunningServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  jpeg = Uint8Array.from(await plain(64, 64, { r: 200, g: 40, b: 90 }).jpeg().toBuffer());
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => server.close());

async function start(options: Partial<ServerOptions>): Promise<void> {
  server = await startWith([standIn()], options);
  await server.ready;
}

function classify(headers: Record<string, string> = {}) {
  return fetch(`${server.url}/v1/classify`, { method: 'POST', body: jpeg, headers });
}

describe('keys', () => {
  it('are asked for everywhere but where probes and browsers start', async () => {
    const { key, line } = makeKey('alice');
    const keyFile = join(folder, 'asked');
    await writeFile(keyFile, `# who\n${line}\n`);
    await start({ keyFile });
    for (const headers of [{}, { 'x-api-key': 'vil_guess' }, { authorization: `Basic ${key}` }]) {
      const refused = await classify(headers as Record<string, string>);
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await problemOf(refused)).toMatchObject({ status: 401, code: 'unauthorized' });
    }
    expect((await classify({ authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await classify({ 'x-api-key': key })).status).toBe(200);
    for (const path of ['/v1/models', '/metrics', '/v2', '/v2/models/stand-in']) {
      expect((await fetch(server.url + path)).status).toBe(401);
    }
    for (const path of ['/', '/healthz', '/readyz', '/v2/health/live', '/openapi.json']) {
      expect((await fetch(server.url + path)).status).toBe(200);
    }
    const { components, paths } = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(Object.keys(components.securitySchemes)).toEqual(['bearer', 'header']);
    expect(paths['/v1/classify'].post.responses).toHaveProperty('401');
  });

  it('can be changed while the server runs', async () => {
    const [first, second] = [makeKey('first'), makeKey('second')];
    const keyFile = join(folder, 'changed');
    await writeFile(keyFile, first.line);
    await start({ keyFile });
    await writeFile(keyFile, second.line);
    expect((await classify({ 'x-api-key': second.key })).status).toBe(401);
    await server.reload();
    expect((await classify({ 'x-api-key': second.key })).status).toBe(200);
    expect((await classify({ 'x-api-key': first.key })).status).toBe(401);
    await writeFile(keyFile, 'nonsense');
    await expect(server.reload()).rejects.toThrow(/changed, line 1/);
    expect((await classify({ 'x-api-key': second.key })).status).toBe(200);
  });

  it('have limits of their own', async () => {
    const [few, usual] = [makeKey('few', { rate: 1 }), makeKey('usual')];
    const keyFile = join(folder, 'limited');
    await writeFile(keyFile, `${few.line}\n${usual.line}\n`);
    await start({ keyFile, access: { requestsPerMinute: 2 } });
    const statuses = async (key: string) => {
      const answers: number[] = [];
      for (let sent = 0; sent < 3; sent++) answers.push((await classify({ 'x-api-key': key })).status);
      return answers;
    };
    expect(await statuses(few.key)).toEqual([200, 429, 429]);
    expect(await statuses(usual.key)).toEqual([200, 200, 429]);
    const refused = await classify({ 'x-api-key': usual.key });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
  });

  it('are stored as hashes, each under a name of its own', async () => {
    await start({});
    const { key, line } = makeKey('bob', { rate: 600 });
    expect(line).not.toContain(key.slice(4));
    expect(KeyRing.parse(line, 'file').find(key)).toEqual({
      name: 'bob',
      id: /sha256:(.{16})/.exec(line)![1],
      isAdmin: false,
      limits: { rate: 600 },
    });
    expect(KeyRing.parse(line, 'file').find(`${key}x`)).toBeUndefined();
    expect(() => KeyRing.parse(`${line}\n${line}`, 'file')).toThrow(
      /line 2: there is another key of the name bob/,
    );
    const operator = makeKey('root', { scenes: 3, disk: 1e9, isAdmin: true });
    expect(KeyRing.parse(operator.line, 'file').find(operator.key)).toEqual({
      name: 'root',
      id: /sha256:(.{16})/.exec(operator.line)![1],
      isAdmin: true,
      limits: { scenes: 3, disk: 1e9 },
    });
    for (const more of [
      'admin admin',
      'scenes=0',
      '60 rate=70',
      'root',
      'id=1',
      `id=${'0'.repeat(16)} id=${'1'.repeat(16)}`,
    ]) {
      expect(() => KeyRing.parse(`${makeKey('eve').line} ${more}`, 'file')).toThrow(/line 1: not a key/);
    }
    const taken = `${makeKey('eve').line} id=${KeyRing.parse(line, 'file').find(key)!.id}`;
    expect(() => KeyRing.parse(`${line}\n${taken}`, 'file')).toThrow(
      /line 2: there is another key of the id/,
    );
    expect(() => KeyRing.parse('bob sha256:abc', 'file')).toThrow(/file, line 1: not a key/);
    expect(() => KeyRing.parse('# none\n', 'file')).toThrow(/no keys/);
  });
});

describe('without keys', () => {
  it('addresses are limited, and probes are not', async () => {
    await start({ access: { requestsPerMinute: 1 } });
    expect((await classify()).status).toBe(200);
    expect((await classify()).status).toBe(429);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe('behind a proxy', () => {
  it('a client is one address, whatever port the proxy writes behind it', async () => {
    await start({ access: { requestsPerMinute: 1, proxies: 1 } });
    const from = (address: string) => classify({ 'x-forwarded-for': address });
    for (const [first, second] of [
      ['198.51.100.50:1000', '198.51.100.50:1001'],
      ['[2001:db8::1]:1000', '2001:db8::1'],
    ] as const) {
      expect((await from(first)).status).toBe(200);
      expect((await from(second)).status).toBe(429);
    }
    expect((await from('198.51.100.51:1000')).status).toBe(200);
  });
});

describe('pages of other origins', () => {
  const preflight = { origin: 'https://maps.example', 'access-control-request-method': 'POST' };

  it('may not use the API unless they are named', async () => {
    await start({});
    const refused = await fetch(`${server.url}/v1/classify`, { method: 'OPTIONS', headers: preflight });
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may when they are', async () => {
    await start({ access: { origins: ['https://maps.example'] } });
    const allowed = await fetch(`${server.url}/v1/classify`, { method: 'OPTIONS', headers: preflight });
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://maps.example');
    expect(allowed.headers.get('access-control-allow-headers')).toMatch(/X-API-Key/);
    const other = await classify({ origin: 'https://other.example' });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(other.headers.get('vary')).toMatch(/Origin/);
    expect(
      (await classify({ origin: 'https://maps.example' })).headers.get('access-control-allow-origin'),
    ).toBe('https://maps.example');
  });
});

describe('logs and metrics', () => {
  it('tell what happened, without keys, queries or bytes', async () => {
    const { key, line } = makeKey('carol');
    const keyFile = join(folder, 'logged');
    const logFile = join(folder, 'log');
    await writeFile(keyFile, line);
    const { pino } = await import('pino');
    const destination = pino.destination({ dest: logFile, sync: true });
    await start({ keyFile, logger: pino({ level: 'debug' }, destination) });
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${server.url}/v1/classify?top_k=2`, {
      method: 'POST',
      body: jpeg,
      headers,
    });
    await response.json();
    const id = response.headers.get('x-request-id');
    await fetch(`${server.url}/nowhere`);
    const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
    expect(metrics).toMatch(/vil_http_requests_total\{method="POST",route="\/v1\/classify",status="200"\} 1/);
    expect(metrics).toMatch(/vil_http_requests_total\{method="GET",route="other",status="404"\} 1/);
    expect(metrics).toMatch(/vil_stage_seconds_count\{stage="inference"\} 1/);
    expect(metrics).toMatch(/vil_model_info\{name="stand-in",task="classify"\} 1/);
    expect(metrics).toMatch(/vil_queue_depth 0/);
    expect(metrics).toMatch(/process_resident_memory_bytes \d/);
    const log = await readFile(logFile, 'utf8');
    const entry = log.split('\n').find((each) => each.includes(`"id":"${id}"`));
    expect(JSON.parse(entry!)).toMatchObject({
      method: 'POST',
      path: '/v1/classify',
      status: 200,
      key: 'carol',
    });
    expect(log).not.toContain(key);
    expect(log).not.toContain('top_k');
  });
});
