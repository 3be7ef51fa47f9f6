import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { RunningServer } from '../../../server/start-server.js';
import { writeTinyDetector, writeTinyModel } from '../../helpers/tiny-model.js';
import { noisyJpeg } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { startWith } from '../running-server.js';

/** Processes of models, in the order they were started. */
const processes = vi.hoisted(() => [] as ChildProcess[]);

vi.mock('../../../src/base/threads/spawn-process.js', async (original) => {
  const real = await original<typeof import('../../../src/base/threads/spawn-process.js')>();
  const spawnProcess: typeof real.spawnProcess = (url, options) => {
    const child = real.spawnProcess(url, options);
    if (url.href.includes('model-process')) processes.push(child);
    return child;
  };
  return { ...real, spawnProcess };
});

let model: string;
let server: RunningServer;
let small: Buffer;
let large: Buffer;
let usual: unknown;

beforeAll(async () => {
  model = await writeTinyModel();
  server = await startWith([() => loadHosted({ model, threads: 1 })]);
  await server.ready;
  small = await noisyJpeg(96, 80);
  large = await noisyJpeg(2400, 2000);
  usual = await answerTo(small);
});
afterAll(async () => {
  await server.close();
  await rm(dirname(model), { recursive: true });
});

const classify = (image: Buffer) =>
  fetch(`${server.url}/v1/classify`, { method: 'POST', body: new Uint8Array(image) });

async function answerTo(image: Buffer): Promise<unknown> {
  const response = await classify(image);
  expect(response.status).toBe(200);
  return ((await response.json()) as { predictions: unknown }).predictions;
}

async function expectUnavailable(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await problemOf(response)).toMatchObject({ status: 503, code: 'model_ended' });
}

const last = () => processes.at(-1)!;

function kill(signal: NodeJS.Signals): Promise<unknown> {
  const ended = once(last(), 'exit');
  last().kill(signal);
  return ended;
}

it.each(['SIGSEGV', 'SIGKILL', 'SIGABRT'] as const)(
  'lives on when %s ends the process of its model in the middle of a request',
  async (signal) => {
    const before = processes.length;
    const underWay = classify(large);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await kill(signal);
    await expectUnavailable(await underWay);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    // Those that come meanwhile wait for the one process that takes its place.
    expect(await Promise.all([answerTo(small), answerTo(small)])).toEqual([usual, usual]);
    expect(processes.length - before).toBe(1);
  },
);

it('starts another process without waiting for a request', async () => {
  const before = processes.length;
  await kill('SIGSEGV');
  await expect.poll(() => processes.length - before).toBe(1);
  expect(await answerTo(small)).toEqual(usual);
  expect(processes.length - before).toBe(1);
});

it('answers 503 while the model cannot be started again', async () => {
  await rename(model, `${model}.away`);
  await kill('SIGKILL');
  for (let attempt = 0; attempt < 2; attempt++) await expectUnavailable(await classify(small));
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await rename(`${model}.away`, model);
  expect(await answerTo(small)).toEqual(usual);
});

it('tells the memory of the process, and does not end by the signals that are for the server', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) last().kill(signal);
  const { pid } = last();
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(Number(/^vil_model_resident_bytes\{name="tiny"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(
    2 ** 24,
  );
  expect(await answerTo(small)).toEqual(usual);
  expect(last().pid).toBe(pid);
});

it('ends while ONNX Runtime is at work for a client that has left', async () => {
  const detector = await writeTinyDetector();
  for (let time = 0; time < 2; time++) {
    const other = await startWith([() => loadHosted({ model: detector, threads: 1 })]);
    await other.ready;
    const ask = (signal?: AbortSignal) =>
      fetch(`${other.url}/v1/detect`, { method: 'POST', body: new Uint8Array(large), signal });
    // The first request makes the graph, the others say how long one takes at least: mostly in ONNX Runtime.
    await ask();
    const durations: number[] = [];
    for (let request = 0; request < 3; request++) {
      const started = performance.now();
      expect((await ask()).status).toBe(200);
      durations.push(performance.now() - started);
    }
    const half = Math.round(Math.min(...durations) / 2);
    await expect(ask(AbortSignal.timeout(half))).rejects.toThrow(/abort/);
    await other.close();
  }
  await rm(dirname(detector), { recursive: true });
});
