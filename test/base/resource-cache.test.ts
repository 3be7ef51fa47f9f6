import { expect, it } from 'vitest';
import { ResourceCache } from '../../src/base/resource-cache.js';

/** Only whether it is closed matters here. */
class Resource {
  hasEnded = false;
  async close(): Promise<void> {
    this.hasEnded = true;
  }
}

function setUp(limits: { entries: number; size: number }) {
  const cache = new ResourceCache<Resource>(limits, {
    close: (resource) => resource.close(),
    hasEnded: ({ hasEnded }) => hasEnded,
  });
  const made: Record<string, Resource[]> = {};
  const use = <Result>(
    key: string,
    size = 1,
    work: () => Promise<Result> = async () => undefined as Result,
  ) =>
    cache.use(
      key,
      async () => {
        const resource = new Resource();
        made[key] = [...(made[key] ?? []), resource];
        return resource;
      },
      work,
      size,
    );
  return { cache, made, use };
}

it('opens a resource once for those who ask at the same time, and keeps it', async () => {
  const { made, use } = setUp({ entries: 2, size: 10 });
  await Promise.all([use('a'), use('a'), use('a')]);
  await use('a');
  expect(made.a).toHaveLength(1);
});

it('closes the least recently used resource beyond the number allowed', async () => {
  const { cache, made, use } = setUp({ entries: 2, size: 10 });
  for (const key of ['a', 'b', 'a', 'c']) await use(key);
  expect(cache.keys).toEqual(['a', 'c']);
  expect(made.b![0]!.hasEnded).toBe(true);
});

it('closes resources beyond the total size allowed, but never the newest', async () => {
  const { cache, use } = setUp({ entries: 9, size: 10 });
  for (const [key, size] of [
    ['a', 4],
    ['b', 4],
    ['c', 4],
    ['d', 99],
  ] as const)
    await use(key, size);
  expect(cache.keys).toEqual(['d']);
});

it('lets a resource in use finish before it closes it', async () => {
  const { made, use } = setUp({ entries: 1, size: 10 });
  let finish = () => {};
  const busy = use('a', 1, () => new Promise<void>((resolve) => (finish = resolve)));
  await use('b');
  expect(made.a![0]!.hasEnded).toBe(false);
  finish();
  await busy;
  expect(made.a![0]!.hasEnded).toBe(true);
});

it('forgets resources that did not open or have crashed', async () => {
  const { cache, made, use } = setUp({ entries: 2, size: 10 });
  const failing = cache.use(
    'a',
    () => Promise.reject(new Error('no')),
    async () => undefined,
  );
  await expect(failing).rejects.toThrow('no');
  await use('b', 1, async () => {
    made.b![0]!.hasEnded = true;
  });
  expect(cache.keys).toEqual([]);
  await use('b');
  expect(made.b).toHaveLength(2);
});

it('waits for those at work when it is cleared, also on a resource that had to make room', async () => {
  const { cache, made, use } = setUp({ entries: 1, size: 10 });
  const ends: (() => void)[] = [];
  const work = () => new Promise<void>((resolve) => ends.push(resolve));
  const uses = [use('a', 1, work), use('b', 1, work)];
  await new Promise((resolve) => setImmediate(resolve));
  expect(cache.keys).toEqual(['b']);
  let isCleared = false;
  const cleared = cache.clear().then(() => {
    isCleared = true;
  });
  ends[1]!();
  await uses[1];
  expect([made.b![0]!.hasEnded, made.a![0]!.hasEnded, isCleared]).toEqual([true, false, false]);
  ends[0]!();
  await cleared;
  expect(made.a![0]!.hasEnded).toBe(true);
});
