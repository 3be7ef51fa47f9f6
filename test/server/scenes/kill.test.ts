import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockFile } from '../../../src/base/lock-folder.js';
import { integer, randomStream } from '../../../src/base/random.js';
import { drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { resultOf, startSceneServer, submit, waitFor } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

const program = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const query = '?threshold=0.005&tile_size=128&overlap=32&name=blobs.png';

let folder: string;
let detector: string;
let image: Buffer;
const children = new Set<ReturnType<typeof spawn>>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-server-'));
  detector = await writeTinyDetector(folder);
  const [width, height] = [900, 700];
  const band = drawBlobs(width, height, randomBlobs(width, height));
  image = await sharp(band, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function start(data: string) {
  const args = ['--import', import.meta.resolve('tsx'), program, data, detector];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const [line] = await once(child.stdout, 'data');
  const kill = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    children.delete(child);
  };
  return { url: String(line).trim(), kill };
}

/** Indices of the tiles in the journal of a job. */
async function finishedTiles(data: string, id: string): Promise<number[]> {
  const journal = join(data, id, 'tiles');
  const [name] = await readdir(journal).catch(() => []);
  if (!name) return [];
  const lines = (await readFile(join(journal, name), 'utf8')).split('\n').slice(1, -1);
  return lines.map((line) => JSON.parse(line).tile as number);
}

it('killed again and again, the server ends an accepted scene with the same result', async () => {
  const whole = await startSceneServer({ folder: join(folder, 'whole'), detector });
  await whole.ready;
  const { id: wholeId } = (await (await submit(whole.url, image, query)).json()) as { id: string };
  const { progress } = await waitFor(whole.url, wholeId);
  const expected = await resultOf(whole.url, wholeId);
  await whole.close();
  expect(progress.total).toBe(70);
  expect(expected.predictions.length).toBeGreaterThan(50);

  const data = join(folder, 'killed');
  let server = await start(data);
  const accepted = await submit(server.url, image, query);
  expect(accepted.status).toBe(202);
  const { id } = (await accepted.json()) as { id: string };
  // The first time at once, later in the middle of the work.
  await server.kill();
  const random = randomStream(11);
  let finished = 0;
  for (let kill = 0; kill < 2; kill++) {
    server = await start(data);
    const enough = finished + 2 + integer(random, 12);
    const { status } = await waitFor(
      server.url,
      id,
      (scene) => !!scene.finished || scene.progress.done >= enough,
    );
    expect(status).toBe('running');
    await server.kill();
    const tiles = await finishedTiles(data, id);
    expect(new Set(tiles).size).toBe(tiles.length);
    expect(tiles.length).toBeGreaterThanOrEqual(enough);
    finished = tiles.length;
  }
  const last = await startSceneServer({ folder: data, detector });
  await last.ready;
  const resumed = await waitFor(last.url, id, (scene) => scene.progress.total > 0);
  expect(resumed.progress.done).toBeGreaterThanOrEqual(finished);
  const scene = await waitFor(last.url, id);
  expect(scene).toMatchObject({ status: 'done', name: 'blobs.png', progress: { done: 70, total: 70 } });
  expect(await resultOf(last.url, id)).toEqual(expected);
  // One job, one folder.
  expect((await readdir(data)).filter((name) => name !== lockFile)).toEqual([id]);
  await last.close();
}, 240_000);
