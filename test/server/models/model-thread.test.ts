import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { RunningServer } from '../../../server/start-server.js';
import { writeTinyDetector, writeTinyModel } from '../../helpers/tiny-model.js';
import { noisyJpeg } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { startWith } from '../running-server.js';

/** Threads of models, in the order they were started. */
const threads = vi.hoisted(() => [] as Worker[]);

vi.mock('../../../src/base/threads/spawn-worker.js', async (original) => {
  const real = await original<typeof import('../../../src/base/threads/spawn-worker.js')>();
  const spawnWorker: typeof real.spawnWorker = (url, options) => {
    const worker = real.spawnWorker(url, options);
    if (url.href.includes('model-worker')) threads.push(worker);
    return worker;
  };
  return { ...real, spawnWorker };
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

it('answers as before when the thread of its model has ended', async () => {
  const before = threads.length;
  await threads.at(-1)!.terminate();
  expect(await Promise.all([answerTo(small), answerTo(small)])).toEqual([usual, usual]);
  expect(threads.length - before).toBe(1);
});

it('lives on when the thread has a fault while ONNX Runtime runs in it', async () => {
  for (let fault = 0; fault < 3; fault++) {
    const underWay = classify(large);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // No request of its kind: what takes it throws outside of any answer.
    threads.at(-1)!.postMessage(null);
    await expectUnavailable(await classify(small));
    const { status } = await underWay;
    expect([200, 503]).toContain(status);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await answerTo(small)).toEqual(usual);
  }
});

it('answers 503 while the model cannot be started again', async () => {
  await rename(model, `${model}.away`);
  await threads.at(-1)!.terminate();
  for (let attempt = 0; attempt < 2; attempt++) await expectUnavailable(await classify(small));
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await rename(`${model}.away`, model);
  expect(await answerTo(small)).toEqual(usual);
});

it('ends in order while ONNX Runtime is at work for a client that has left', async () => {
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
    // A thread that is ended too early takes this process with it.
    await other.close();
  }
  await rm(dirname(detector), { recursive: true });
});
