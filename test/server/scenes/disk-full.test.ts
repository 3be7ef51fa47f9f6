import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SceneStatus } from '../../../server/scenes/scene-status.js';
import type { RunningServer } from '../../../server/start-server.js';
import { drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { problemOf } from '../problem-of.js';
import { resultOf, startSceneServer, statusOf, submit, waitFor } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

const folder = await mkdtemp(join(tmpdir(), 'full-'));
const disk = join(folder, 'disk');
const filler = join(disk, 'filler');

/** A file system of 48 MiB, where this account may make one. */
function mountSmall(): boolean {
  try {
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mountSmall();
if (!isMounted) console.warn('No small file system can be mounted here: a full disk is not tried.');

async function fillUp(): Promise<void> {
  const file = await open(filler, 'a');
  try {
    await file.writeFile(Buffer.alloc(64 * 2 ** 20, 1));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    await file.close();
  }
}

describe.skipIf(!isMounted)('a full disk', { timeout: 300_000 }, () => {
  const query = '?threshold=0.005&tile_size=128&overlap=32&name=blobs.png';
  let server: RunningServer;
  let image: Buffer;
  beforeAll(async () => {
    const [width, height] = [700, 500];
    const band = drawBlobs(width, height, randomBlobs(width, height));
    image = await sharp(band, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    const detector = await writeTinyDetector(folder);
    server = await startSceneServer({ folder: join(disk, 'data'), detector });
    await server.ready;
  });
  afterAll(async () => {
    await server?.close();
    if (isMounted) execFileSync('umount', [disk]);
    await rm(folder, { recursive: true });
  });

  /** A scene that has come to a stop in its middle because the disk is full. */
  async function stopped(): Promise<SceneStatus> {
    const response = await submit(server.url, image, query);
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as SceneStatus;
    await waitFor(server.url, id, ({ progress }) => progress.done > 3);
    await fillUp();
    return waitFor(server.url, id, ({ waiting_for }) => waiting_for === 'disk_full');
  }

  it('is said to who sends a scene, without a word of where it would have been kept', async () => {
    await fillUp();
    const response = await submit(server.url, image, query);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(2);
    const { detail, ...problem } = await problemOf(response);
    expect(problem).toEqual({ status: 503, code: 'disk_full' });
    expect(detail).not.toContain('/');
    await rm(filler);
    const accepted = await submit(server.url, image, '?threshold=0.5');
    expect(accepted.status).toBe(202);
    const { id } = (await accepted.json()) as SceneStatus;
    expect((await waitFor(server.url, id)).status).toBe('done');
    await fetch(`${server.url}/v1/scenes/${id}`, { method: 'DELETE' });
  });

  it('holds a scene up, which goes on by itself once there is room, to the same result', async () => {
    const { id, status, progress } = await stopped();
    expect(status).toBe('running');
    expect(progress.done).toBeGreaterThan(0);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await rm(filler);
    const done = await waitFor(server.url, id);
    expect(done).toMatchObject({ status: 'done' });
    expect(done).not.toHaveProperty('waiting_for');
    const result = await resultOf(server.url, id);
    const again = (await (await submit(server.url, image, query)).json()) as SceneStatus;
    await waitFor(server.url, again.id);
    expect(await resultOf(server.url, again.id)).toEqual(result);
    for (const each of [id, again.id]) {
      expect((await fetch(`${server.url}/v1/scenes/${each}`, { method: 'DELETE' })).status).toBe(204);
    }
  });

  it('keeps no scene from being cancelled and removed', async () => {
    const { id } = await stopped();
    const response = await fetch(`${server.url}/v1/scenes/${id}/cancel`, { method: 'POST' });
    expect([response.status, await response.json()]).toMatchObject([200, { id, status: 'cancelled' }]);
    expect((await statusOf(server.url, id)).status).toBe('cancelled');
    expect((await fetch(`${server.url}/v1/scenes/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await stat(filler)).size).toBeGreaterThan(0);
    await rm(filler);
  });
});
