import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { RunningServer } from '../../../server/start-server.js';
import { drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { problemOf } from '../problem-of.js';
import { resultOf, startSceneServer, statusOf, submit, waitFor } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

/** Processes of scene jobs, in the order they were started. */
const processes = vi.hoisted(() => [] as ChildProcess[]);
/** Whether they are killed as soon as they are there. */
const fate = vi.hoisted(() => ({ isSealed: false }));

vi.mock('../../../src/base/threads/spawn-process.js', async (original) => {
  const real = await original<typeof import('../../../src/base/threads/spawn-process.js')>();
  const spawnProcess: typeof real.spawnProcess = (url, options) => {
    const child = real.spawnProcess(url, options);
    // Models have processes too.
    if (!url.href.includes('job-process')) return child;
    processes.push(child);
    if (fate.isSealed) child.kill('SIGKILL');
    return child;
  };
  return { ...real, spawnProcess };
});

const query = '?model=tiny-detector&threshold=0.005&tile_size=128&overlap=32';

let folder: string;
let classifier: string;
let image: Buffer;
let small: Uint8Array<ArrayBuffer>;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'job-process-'));
  const [width, height] = [700, 500];
  const band = drawBlobs(width, height, randomBlobs(width, height));
  const blobs = sharp(band, { raw: { width, height, channels: 1 } });
  image = await blobs.clone().png().toBuffer();
  small = Uint8Array.from(await blobs.resize(64, 64).png().toBuffer());
  classifier = await writeTinyModel();
  server = await startSceneServer({
    folder: join(folder, 'data'),
    detector: await writeTinyDetector(folder),
    // One that answers requests as well.
    more: [() => loadHosted({ model: classifier, threads: 1 })],
  });
  await server.ready;
});
afterAll(async () => {
  await server.close();
  for (const path of [folder, dirname(classifier)]) await rm(path, { recursive: true });
});

async function accepted(): Promise<string> {
  const response = await submit(server.url, image, query);
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

/** What the server answers to those who have nothing to do with scenes. */
async function otherAnswers() {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const response = await fetch(`${server.url}/v1/classify`, { method: 'POST', body: small });
  expect(response.status).toBe(200);
  const { predictions } = (await response.json()) as { predictions: unknown };
  return predictions;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('a killed process of scenes', { timeout: 240_000 }, () => {
  it('costs neither the scene, nor a byte of its result, nor anybody else an answer', async () => {
    const usual = await otherAnswers();
    const whole = await accepted();
    await waitFor(server.url, whole);
    const expected = await resultOf(server.url, whole);
    expect(expected.predictions.length).toBeGreaterThan(20);

    const before = processes.length;
    const id = await accepted();
    let enough = 4;
    for (let kills = 1; kills <= 4; kills++) {
      const { status } = await waitFor(
        server.url,
        id,
        ({ finished, progress }) => finished !== undefined || progress.done >= enough,
      );
      expect(status).toBe('running');
      // Nearly all of its time, a tile is in the detector.
      await kill(processes.at(-1)!);
      expect(await otherAnswers()).toEqual(usual);
      const { status: since, progress } = await statusOf(server.url, id);
      expect(since).toBe('running');
      expect(progress.done).toBeGreaterThanOrEqual(enough);
      enough = progress.done + 4;
    }
    expect(await waitFor(server.url, id)).toMatchObject({
      status: 'done',
      progress: { done: 35, total: 35 },
    });
    expect(processes.length - before).toBe(4);
    expect(await resultOf(server.url, id)).toEqual(expected);
  });

  it('that never gets any further is given up, and the next scene is run', async () => {
    await waitFor(server.url, await accepted());
    await kill(processes.at(-1)!);
    const before = processes.length;
    fate.isSealed = true;
    const hopeless = await accepted();
    const { status, error } = await waitFor(server.url, hopeless);
    fate.isSealed = false;
    expect([status, error]).toEqual(['failed', expect.objectContaining({ status: 500, code: 'given_up' })]);
    expect(processes.length - before).toBe(5);
    const result = await fetch(`${server.url}/v1/scenes/${hopeless}/result`);
    expect(await problemOf(result)).toMatchObject({ status: 409, code: 'conflict' });
    expect((await waitFor(server.url, await accepted())).status).toBe('done');
    await otherAnswers();
  });
});

it.skipIf(process.platform !== 'linux')('gives way to the server in processor time and memory', async () => {
  await waitFor(server.url, await accepted());
  const { pid } = processes.at(-1)!;
  expect(getPriority(pid!)).toBe(10);
  expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('500\n');
});

it.skipIf(process.platform === 'win32')(
  'cancels a scene whose process does not listen',
  async () => {
    const id = await accepted();
    await waitFor(server.url, id, ({ progress }) => progress.done > 2);
    const child = processes.at(-1)!;
    child.kill('SIGSTOP');
    const ended = once(child, 'exit');
    const response = await fetch(`${server.url}/v1/scenes/${id}/cancel`, { method: 'POST' });
    expect(await response.json()).toMatchObject({ id, status: 'cancelled' });
    expect((await ended)[1]).toBe('SIGKILL');
    expect((await waitFor(server.url, await accepted())).status).toBe('done');
  },
  60_000,
);

it('leaves no process behind when it is closed', async () => {
  const id = await accepted();
  await waitFor(server.url, id, ({ progress }) => progress.done > 0);
  await server.close();
  const left = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  expect(left).toEqual([]);
});
