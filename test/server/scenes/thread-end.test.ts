import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { drawBlobs, randomBlobs } from '../../detection/scene/blobs.js';
import { resultOf, startSceneServer, submit, waitFor } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

/** Threads of scene jobs, in the order they were started. */
const threads = vi.hoisted(() => [] as Worker[]);

vi.mock('../../../src/engine/spawn-worker.js', async (original) => {
  const real = await original<typeof import('../../../src/engine/spawn-worker.js')>();
  const spawnWorker: typeof real.spawnWorker = (url, options) => {
    const worker = real.spawnWorker(url, options);
    if (url.href.includes('job-thread')) threads.push(worker);
    return worker;
  };
  return { ...real, spawnWorker };
});

it('runs a scene in a new thread when the one before has ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thread-end-'));
  const [width, height] = [620, 500];
  const band = drawBlobs(width, height, randomBlobs(width, height));
  const picture = await sharp(band, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  const detector = await writeTinyDetector(folder);
  const server = await startSceneServer({ folder: join(folder, 'data'), detector });
  try {
    await server.ready;
    const results = [];
    for (const isEnded of [false, true]) {
      // While nothing is computed: a thread that ends inside ONNX Runtime takes the process with it, and then the scene
      // is taken up by the next one.
      if (isEnded) await threads.at(-1)!.terminate();
      const response = await submit(server.url, picture, '?threshold=0.005&tile_size=128&overlap=32');
      const { id } = (await response.json()) as { id: string };
      const { status, progress } = await waitFor(server.url, id);
      expect([status, progress.done]).toEqual(['done', progress.total]);
      results.push(await resultOf(server.url, id));
    }
    expect(threads).toHaveLength(2);
    expect(results[1]).toEqual(results[0]);
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
}, 240_000);
