import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile, lockFolder } from '../../src/base/lock-folder.js';
import { ownIdentity } from '../../src/base/process-identity.js';

const program = fileURLToPath(new URL('./lock-process.ts', import.meta.url));
const advice = 'Use another.';
const quick = { beat: 50, silence: 600 };

let folder: string;
let children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-lock-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await rm(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  /** The first line it says. */
  readonly said: string;
}

/** Starts a process that locks the folder. */
async function start(...more: string[]): Promise<Started> {
  const args = ['--import', import.meta.resolve('tsx'), program, folder, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: data.toString().trim() };
}

async function kill({ child }: Started): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Writes a lock as somebody else would have left it. */
async function leaveLock(changes: object): Promise<void> {
  const now = new Date().toISOString();
  const holder = { token: 'other', ...(await ownIdentity()), since: now, beat: now, ...changes };
  // At once, so that nobody reads half of it.
  await writeFile(join(folder, 'written'), JSON.stringify(holder));
  await rename(join(folder, 'written'), join(folder, lockFile));
}

describe('lockFolder', () => {
  it('keeps other users of this process out until it is released', async () => {
    const lock = await lockFolder(folder, advice);
    await expect(lockFolder(folder, advice)).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} on .*since .*\\. ${advice}`),
    );
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder, advice)).release();
  });

  it('keeps other processes out, and is free at once when its holder was killed', async () => {
    const first = await start();
    expect(first.said).toBe('locked');
    expect((await start()).said).toContain(`in use by process ${first.child.pid}`);
    await kill(first);
    for (let round = 0; round < 3; round++) {
      const next = await start();
      expect(next.said).toBe('locked');
      await kill(next);
    }
    await (await lockFolder(folder, advice)).release();
  });

  it('is given to one of many that find a stale lock at the same time', async () => {
    await kill(await start());
    const all = await Promise.all(Array.from({ length: 4 }, () => start()));
    expect(all.map(({ said }) => said === 'locked').filter(Boolean)).toHaveLength(1);
    const text = await readFile(join(folder, lockFile), 'utf8');
    const holder = all.find(({ said }) => said === 'locked')!;
    expect(JSON.parse(text)).toMatchObject({ pid: holder.child.pid });
  });

  it.runIf(process.platform === 'linux')(
    'knows a process that has got the number of a dead one',
    async () => {
      await leaveLock({ started: '1' });
      await (await lockFolder(folder, advice)).release();
    },
  );

  it('knows a lock from before the machine was started anew', async () => {
    await leaveLock({ machine: 'this', boot: 'earlier' });
    // Where machines have no number of their own it waits for signs of life instead.
    await (await lockFolder(folder, advice, quick)).release();
  });

  it('believes a holder on another machine as long as it shows signs of life', async () => {
    await leaveLock({ host: 'elsewhere', boot: 'another', machine: 'another' });
    let beats = 0;
    const timer = setInterval(() => {
      void leaveLock({ host: 'elsewhere', boot: 'another', machine: 'another', beat: `beat ${beats++}` });
    }, 100);
    await expect(lockFolder(folder, advice, quick)).rejects.toThrow('on elsewhere');
    clearInterval(timer);
  });

  it('takes the lock of one on another machine that shows none', async () => {
    await leaveLock({ host: 'elsewhere', boot: 'another', machine: 'another' });
    const lock = await lockFolder(folder, advice, quick);
    expect(JSON.parse(await readFile(join(folder, lockFile), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it('is not stopped by a lock file that was cut off', async () => {
    await writeFile(join(folder, lockFile), '{"token":');
    await (await lockFolder(folder, advice, quick)).release();
  });

  it('tells its holder when another has taken it, and does not remove the lock of that one', async () => {
    const lock = await lockFolder(folder, advice, quick);
    await leaveLock({ host: 'elsewhere', pid: 7 });
    if (!lock.lost.aborted) await once(lock.lost, 'abort');
    expect(String(lock.lost.reason)).toContain('taken over by process 7 on elsewhere');
    await lock.release();
    expect(await readdir(folder)).toEqual([lockFile]);
  });

  it('shows signs of life', async () => {
    const beat = async () => JSON.parse(await readFile(join(folder, lockFile), 'utf8')).beat;
    const lock = await lockFolder(folder, advice, quick);
    const first = await beat();
    await expect.poll(beat).not.toBe(first);
    await lock.release();
  });
});
