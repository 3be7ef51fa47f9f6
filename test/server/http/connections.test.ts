import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/start-server.js';
import { plain } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { GatedRunner, standIn, startStandIn, startWith, until } from '../running-server.js';

let png: Uint8Array<ArrayBuffer>;
let server: RunningServer;
beforeAll(async () => {
  png = Uint8Array.from(await plain(64, 64, { r: 200, g: 10, b: 10 }).png().toBuffer());
});
afterEach(() => server.close());

/** Sends bytes over a connection of its own; answers with all that comes until its end. */
function tell(bytes: Uint8Array | string, { halfClose = false } = {}): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let answer = '';
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.end();
      resolve(answer);
    });
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });
}

const head = (length: number, more = '') =>
  `POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: ${length}\r\n${more}\r\n`;

const whole = (more = '') => Buffer.concat([Buffer.from(head(png.length, more)), png]);

function post(signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/v1/classify`, { method: 'POST', body: png, signal });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]);
}

it('refuses a request of HTTP/1.1 without a host in words, and takes one of HTTP/1.0', async () => {
  server = await startStandIn();
  await server.ready;
  const answer = await tell('GET /healthz HTTP/1.1\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/^Content-Type: application\/problem\+json/m);
  expect(answer).toMatch(/^Connection: close\r$/m);
  expect(answer).toContain('The header Host is missing');
  expect(await tell('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});

describe('a refusal before the body has come', () => {
  it('says that the connection ends, and ends it', async () => {
    server = await startStandIn({ bodyBytes: 1000 });
    await server.ready;
    const answer = await tell(`${head(5000)}${'x'.repeat(2000)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'too_large' });
  });

  it('keeps the connection where there was no body to come', async () => {
    server = await startStandIn();
    await server.ready;
    const answer = await tell(
      'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*HTTP\/1\.1 200 /);
    expect(answer).toMatch(/^Connection: keep-alive\r$/m);
  });
});

describe('a client that has sent all and says so', () => {
  it.each(['', 'Connection: close\r\n'])('gets its answer', async (more) => {
    const engine = new GatedRunner();
    server = await startStandIn({}, engine);
    await server.ready;
    const answer = tell(whole(more), { halfClose: true });
    await until(() => engine.started === 1);
    await wait(400);
    engine.release();
    expect(await answer).toMatch(/^(HTTP\/1\.1 102 Processing\r\n\r\n)+HTTP\/1\.1 200 OK\r\n/);
  });

  it('of HTTP/1.0 as well, and nothing before it', async () => {
    server = await startStandIn();
    await server.ready;
    const request = whole().toString('latin1').replace('HTTP/1.1', 'HTTP/1.0');
    expect(await tell(Buffer.from(request, 'latin1'), { halfClose: true })).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('in the middle of its body is refused', async () => {
    server = await startStandIn();
    await server.ready;
    expect(await tell(`${head(500)}half`, { halfClose: true })).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is not mistaken for one that has gone, which makes room for others', async () => {
    const engine = new GatedRunner();
    server = await startStandIn({ running: 1 }, engine);
    await server.ready;
    const first = post();
    await until(() => engine.started === 1);
    const gone = new AbortController();
    const second = post(gone.signal);
    await expect.poll(() => metric('vil_queue_depth')).toBe(1);
    gone.abort();
    await expect(second).rejects.toThrow();
    await expect.poll(() => metric('vil_queue_depth')).toBe(0);
    engine.release();
    expect((await first).status).toBe(200);
  });
});

describe('a server that is told to stop', () => {
  it('answers what it cannot finish in time 503, and ends', async () => {
    const engine = new GatedRunner();
    server = await startStandIn({ drainSeconds: 0.3, running: 1 }, engine);
    await server.ready;
    const [underWay, waiting] = [post(), post()];
    await until(() => engine.started === 1);
    await expect.poll(() => metric('vil_queue_depth')).toBe(1);
    const uploading = tell(`${head(5000)}half`);
    await expect.poll(() => metric('vil_upload_bytes')).toBeGreaterThan(2 * png.length);
    const closed = server.close();
    for (const response of await Promise.all([underWay, waiting])) {
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await problemOf(response)).toMatchObject({ status: 503, code: 'stopping' });
    }
    expect(await uploading).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"stopping"/);
    engine.release();
    await closed;
  });

  it('does not wait for loads that were asked for', async () => {
    let loads = 0;
    const load = () => (loads++ === 0 ? standIn()() : new Promise<never>(() => undefined));
    server = await startWith([load]);
    await server.ready;
    for (let request = 0; request < 5; request++) server.reload().catch(() => undefined);
    await until(() => loads === 2);
    await server.close();
  });

  it('loads models anew once, however often it is asked to meanwhile', async () => {
    let loads = 0;
    server = await startWith([
      () => {
        loads++;
        return standIn()();
      },
    ]);
    await server.ready;
    await Promise.all(Array.from({ length: 20 }, () => server.reload()));
    expect(loads).toBeLessThanOrEqual(3);
    expect(loads).toBeGreaterThan(1);
  });
});
