import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKey, renewKey } from '../../../server/access/key-ring.js';
import type { SceneStatus } from '../../../server/scenes/scene-status.js';
import type { RunningServer } from '../../../server/start-server.js';
import { problemOf } from '../problem-of.js';
import { startSceneServer } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

const keys = {
  alice: makeKey('alice', { scenes: 1 }),
  bob: makeKey('bob', { disk: 4000 }),
  root: makeKey('root', { isAdmin: true }),
};
type Name = keyof typeof keys;

let folder: string;
let server: RunningServer;
let small: Buffer;
let large: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenants-'));
  const keyFile = join(folder, 'keys');
  await writeFile(
    keyFile,
    Object.values(keys)
      .map(({ line }) => `${line}\n`)
      .join(''),
  );
  const detector = await writeTinyDetector(folder);
  const noise = { type: 'gaussian', mean: 100, sigma: 60 } as const;
  const create = { width: 700, height: 700, channels: 3, background: 'grey', noise } as const;
  small = await sharp({ create: { ...create, width: 20, height: 20 } })
    .png()
    .toBuffer();
  large = await sharp({ create }).png().toBuffer();
  server = await startSceneServer({ folder: join(folder, 'data'), detector, keyFile });
  await server.ready;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function ask(name: Name, path: string, method = 'GET', body?: Uint8Array): Promise<Response> {
  const headers = { 'X-API-Key': keys[name].key, ...(body && { 'Content-Type': 'image/png' }) };
  return fetch(`${server.url}/v1/scenes${path}`, { method, headers, body: body && new Uint8Array(body) });
}

async function accepted(name: Name, body: Uint8Array, query = ''): Promise<string> {
  const response = await ask(name, query, 'POST', body);
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

async function doneBy(name: Name, id: string): Promise<SceneStatus> {
  for (;;) {
    const scene = (await (await ask(name, `/${id}`)).json()) as SceneStatus;
    if (scene.finished) return scene;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function idsOf(name: Name): Promise<string[]> {
  const { scenes } = (await (await ask(name, '')).json()) as { scenes: SceneStatus[] };
  return scenes.map(({ id }) => id);
}

const ways = [
  ['GET', ''],
  ['GET', '/events'],
  ['GET', '/result'],
  ['GET', '/result?format=png'],
  ['GET', '/image.dzi'],
  ['GET', '/image_files/3/0_0.jpeg'],
  ['GET', '/view'],
  ['GET', '/attention'],
  ['POST', '/cancel'],
  ['DELETE', ''],
] as const;

it("hides a key's scene from other keys, whatever they ask of it, and shows it to an operator's", async () => {
  const id = await accepted('alice', small);
  expect(await doneBy('alice', id)).toMatchObject({ status: 'done' });
  const unknown = '00000000-0000-4000-8000-000000000000';
  for (const [method, path] of ways) {
    const hidden = await problemOf(await ask('bob', `/${id}${path}`, method));
    const absent = await problemOf(await ask('bob', `/${unknown}${path}`, method));
    // Not even that it exists is told.
    expect(hidden).toMatchObject({ status: 404, code: 'not_found' });
    expect(hidden.detail.replace(id, unknown)).toBe(absent.detail);
  }
  expect([await idsOf('alice'), await idsOf('bob'), await idsOf('root')]).toEqual([[id], [], [id]]);
  const seen = (await (await ask('root', `/${id}`)).json()) as SceneStatus;
  expect(seen).toMatchObject({ id, owner: 'alice' });
  expect(await (await ask('alice', `/${id}`)).json()).not.toHaveProperty('owner');
  for (const path of ['/result', '/image.dzi', '/view', '/events']) {
    expect((await ask('root', `/${id}${path}`)).status).toBe(200);
  }
  expect((await ask('root', `/${id}`, 'DELETE')).status).toBe(204);
  expect((await ask('alice', `/${id}`)).status).toBe(404);
});

it('bounds the scenes of a key that wait or run, and no other key', async () => {
  const slow = '?tile_size=64&overlap=32';
  const running = await accepted('alice', large, slow);
  const refused = await ask('alice', slow, 'POST', small);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'key_limit' });
  const other = await accepted('bob', small);
  expect((await ask('alice', `/${running}/cancel`, 'POST')).status).toBe(200);
  expect(await doneBy('bob', other)).toMatchObject({ status: 'done' });
  await doneBy('alice', await accepted('alice', small));
});

it('bounds the disk of a key', async () => {
  expect(await problemOf(await ask('bob', '', 'POST', large))).toMatchObject({ status: 413 });
  // Its scenes that have ended make room for the next.
  for (let scene = 0; scene < 4; scene++) await doneBy('bob', await accepted('bob', small));
  expect((await idsOf('bob')).length).toBeLessThan(5);
});

it('keeps scenes from another holder of the same name, and gives them to a renewed key', async () => {
  const keyFile = join(folder, 'other-keys');
  const [former, another] = [makeKey('alice', { scenes: 3 }), makeKey('alice')];
  await writeFile(keyFile, `# those of today\n${former.line}\n${keys.root.line}\n`);
  const detector = await writeTinyDetector(folder);
  const own = await startSceneServer({ folder: join(folder, 'other-data'), detector, keyFile });
  try {
    await own.ready;
    const asked = (key: string, path: string, body?: Buffer) =>
      fetch(`${own.url}/v1/scenes${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'X-API-Key': key, ...(body && { 'Content-Type': 'image/png' }) },
        body: body && new Uint8Array(body),
      });
    const { id } = (await (await asked(former.key, '', small)).json()) as { id: string };
    const renewed = renewKey(await readFile(keyFile, 'utf8'), keyFile, 'alice');
    expect(renewed.text).toMatch(/^# those of today\nalice sha256:\S+ scenes=3 id=\S+\nroot .* admin\n$/);
    await writeFile(keyFile, renewed.text);
    await own.reload();
    expect((await asked(former.key, `/${id}`)).status).toBe(401);
    expect((await asked(renewed.key, `/${id}`)).status).toBe(200);
    await writeFile(keyFile, `${another.line}\n${keys.root.line}\n`);
    await own.reload();
    expect((await asked(another.key, `/${id}`)).status).toBe(404);
    expect(await (await asked(another.key, '')).json()).toMatchObject({ scenes: [] });
    expect(await (await asked(keys.root.key, `/${id}`)).json()).toMatchObject({ owner: 'alice' });
  } finally {
    await own.close();
  }
});
