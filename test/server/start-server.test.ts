import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../server/limits.js';
import type { ServedModel } from '../../server/models/served-model.js';
import { startServer } from '../../server/start-server.js';
import { MeanColourRunner } from '../helpers/stand-in-runner.js';
import { plain } from '../image/images.js';
import { GatedRunner, standIn, startStandIn, until } from './running-server.js';

describe('startServer', () => {
  it('is alive at once and ready when the model is', async () => {
    let loaded: (model: ServedModel) => void = () => undefined;
    const models = [() => new Promise<ServedModel>((resolve) => (loaded = resolve))];
    const logger = pino({ level: 'silent' });
    const server = await startServer({ port: 0, host: '127.0.0.1', limits: defaultLimits, logger, models });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const early = await fetch(`${server.url}/readyz`);
    expect([early.status, await early.json()]).toEqual([503, { status: 'starting' }]);
    const list = fetch(`${server.url}/v1/models`);
    const classify = fetch(`${server.url}/v1/classify`, { method: 'POST', body: 'x' });
    const runner = new MeanColourRunner();
    loaded(await standIn(runner)());
    await server.ready;
    // Both had to wait.
    expect(await (await list).json()).toMatchObject({ models: [{ name: 'stand-in' }] });
    expect((await classify).status).toBe(415);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(runner.sizes).toEqual([[256, 256]]);
    await server.close();
    expect(runner.closed).toBe(true);
  });

  it('holds a few early requests, and none for ever', async () => {
    const models = [() => new Promise<ServedModel>(() => undefined)];
    const limits = { ...defaultLimits, held: 1, holdSeconds: 0.5 };
    const logger = pino({ level: 'silent' });
    const server = await startServer({ port: 0, host: '127.0.0.1', limits, logger, models });
    const ask = async () => {
      const started = performance.now();
      const response = await fetch(`${server.url}/v2/models/stand-in`);
      const { code } = (await response.json()) as { code: string };
      return { status: response.status, code, isHeld: performance.now() - started > 400 };
    };
    const answers = await Promise.all([ask(), ask(), ask()]);
    const refused = { status: 503, code: 'starting' };
    expect(answers.sort((a, b) => Number(a.isHeld) - Number(b.isHeld))).toEqual([
      { ...refused, isHeld: false },
      { ...refused, isHeld: false },
      { ...refused, isHeld: true },
    ]);
    void server.close();
  });

  it('answers what it has before it stops', async () => {
    const runner = new GatedRunner();
    const server = await startStandIn({}, runner);
    await server.ready;
    const body = new Uint8Array(await plain(64, 64, { r: 9, g: 9, b: 9 }).png().toBuffer());
    const answer = fetch(`${server.url}/v1/classify`, { method: 'POST', body });
    await until(() => runner.started === 1);
    const closed = server.close();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    runner.release();
    expect((await answer).status).toBe(200);
    await closed;
  });

  it('says when the port is taken', async () => {
    const first = await startStandIn();
    const port = Number(new URL(first.url).port);
    const second = startServer({
      port,
      host: '127.0.0.1',
      limits: defaultLimits,
      logger: pino({ level: 'silent' }),
      models: [standIn()],
    });
    await expect(second).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    await first.close();
  });

  it('sends headers that keep a browser from doing more than the page needs', async () => {
    const server = await startStandIn();
    const { headers } = await fetch(`${server.url}/healthz`);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|upgrade-insecure/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    await server.close();
  });
});
