import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { SceneOrder } from '../../../server/scenes/scene-order.js';
import type { Account } from '../../../server/scenes/scene-store.js';
import { SceneStore } from '../../../server/scenes/scene-store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (limits: Partial<typeof defaultSceneLimits> = {}) =>
  SceneStore.open(folder, { ...defaultSceneLimits, ...limits });

let clock = Date.UTC(2026, 0, 1);

function order(id: string): SceneOrder {
  clock += 1000;
  return {
    version: 1,
    id,
    name: 'scene.tif',
    model: 'm',
    task: 'detect',
    settings: {},
    created: new Date(clock).toISOString(),
    width: 10,
    height: 10,
  };
}

const accept = (store: SceneStore, bytes: number, account: Account = {}) =>
  store.accept(
    (take) => take(Buffer.alloc(bytes)),
    account,
    async (_image, id) => ({ ...order(id), ownerId: account.ownerId }),
  );

const ended = (finished: string) => ({ status: 'done', finished, tiles: 1 }) as const;

describe('SceneStore', () => {
  it('finds accepted jobs again, oldest first, and which have ended', async () => {
    const store = await open();
    const ids: string[] = [];
    for (let job = 0; job < 3; job++) ids.push((await accept(store, 100)).order.id);
    await store.finish(ids[1]!, ended('2026-01-02T00:00:00.000Z'));
    const again = await open();
    expect(again.unfinished().map((scene) => scene.order.id)).toEqual([ids[0], ids[2]]);
    expect(again.get(ids[1]!)?.end?.status).toBe('done');
    expect(again.bytes).toBe(store.bytes);
  });

  it('gives jobs of a version that knew names alone to the ids of their keys, once and for all', async () => {
    const store = await open();
    const ids: string[] = [];
    for (const owner of ['alice', 'carol', undefined]) {
      const describe = async (_image: string, id: string) => ({ ...order(id), owner });
      ids.push((await store.accept((take) => take(Buffer.alloc(10)), {}, describe)).order.id);
    }
    const ownersOf = (opened: SceneStore) => ids.map((id) => opened.get(id)!.order.ownerId);
    const openWith = (keys: Record<string, string>) =>
      SceneStore.open(folder, defaultSceneLimits, (name) => keys[name]);
    const migrated = await openWith({ alice: 'a1' });
    expect(ownersOf(migrated)).toEqual(['a1', 'nobody', undefined]);
    expect(migrated.settled).toHaveLength(2);
    // Neither another alice nor a first carol gets them.
    const later = await openWith({ alice: 'a2', carol: 'c1' });
    expect(ownersOf(later)).toEqual(['a1', 'nobody', undefined]);
    expect(later.settled).toEqual([]);
    expect(later.bytes).toBe(migrated.bytes);
  });

  it('clears away what a kill left half-written, and leaves alone what is not its own', async () => {
    await mkdir(join(folder, 'abc.part'));
    await writeFile(join(folder, 'abc.part', 'image'), 'half');
    await mkdir(join(folder, 'photographs'));
    const store = await open();
    expect(await readdir(folder)).toEqual(['photographs']);
    expect(store.bytes).toBe(0);
  });

  it('keeps nothing of what is empty or refused by who looks at it', async () => {
    const store = await open();
    await expect(accept(store, 0)).rejects.toMatchObject({ problem: { status: 400 } });
    const refused = store.accept(
      (take) => take(Buffer.alloc(10)),
      {},
      () => Promise.reject(new Error('no')),
    );
    await expect(refused).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
    expect([store.bytes, store.uploads]).toEqual([0, 0]);
  });

  it('makes room by removing deep zoom tiles, then what ended first; never what has not ended', async () => {
    const store = await open({ diskBytes: 300_000 });
    const [first, second, third] = [
      await accept(store, 60_000),
      await accept(store, 60_000),
      await accept(store, 60_000),
    ];
    await mkdir(join(third.folder, 'pyramid'));
    await writeFile(join(third.folder, 'pyramid', 'tile'), Buffer.alloc(50_000));
    await store.measure(third.order.id);
    await store.finish(second.order.id, ended('2026-01-03T00:00:00.000Z'));
    await accept(store, 90_000);
    expect(existsSync(join(third.folder, 'pyramid'))).toBe(false);
    expect(existsSync(second.folder)).toBe(true);
    await accept(store, 60_000);
    expect(store.get(second.order.id)).toBeUndefined();
    expect(existsSync(first.folder)).toBe(true);
    await expect(accept(store, 90_000)).rejects.toMatchObject({
      problem: { status: 503, code: 'disk_full' },
    });
    expect(store.bytes).toBeLessThanOrEqual(300_000);
  });

  it("makes room of an owner's own jobs first, and keeps each within its share", async () => {
    const store = await open({ diskBytes: 300_000 });
    const [alice, bob] = [{ ownerId: 'alice', most: 200_000 }, { ownerId: 'bob' }];
    const first = await accept(store, 90_000, bob);
    const second = await accept(store, 90_000, alice);
    await store.finish(first.order.id, ended('2026-01-01T00:00:00.000Z'));
    await store.finish(second.order.id, ended('2026-01-03T00:00:00.000Z'));
    // For the whole as well as for her share: bob's, though it ended first, stays.
    const third = await accept(store, 150_000, alice);
    expect(store.get(second.order.id)).toBeUndefined();
    expect(store.get(first.order.id)).toBeDefined();
    await expect(accept(store, 60_000, alice)).rejects.toMatchObject({
      problem: { status: 429, code: 'key_limit' },
    });
    expect(store.get(third.order.id)).toBeDefined();
    expect(() => store.checkLength(200_001, alice)).toThrow(/may have 200000/);
    expect([store.unfinishedOf('alice'), store.unfinishedOf('bob')]).toEqual([1, 0]);
  });

  it('removes nothing for a length that is only said', async () => {
    const store = await open({ diskBytes: 100_000 });
    const { order } = await accept(store, 60_000);
    await store.finish(order.id, ended('2026-01-01T00:00:00.000Z'));
    store.checkLength(90_000, {});
    expect(store.get(order.id)).toBeDefined();
    expect(() => store.checkLength(100_001, {})).toThrow(/no room/);
  });

  it('removes what ended too long ago', async () => {
    const store = await open({ keptSeconds: 60 });
    const [old, fresh] = [await accept(store, 10), await accept(store, 10)];
    await store.finish(old.order.id, ended(new Date(Date.now() - 61_000).toISOString()));
    await store.finish(fresh.order.id, ended(new Date(Date.now() - 59_000).toISOString()));
    expect(await store.removeOld()).toEqual([old.order.id]);
    expect(await readdir(folder)).toEqual([fresh.order.id]);
  });
});
