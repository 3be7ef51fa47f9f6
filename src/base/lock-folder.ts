import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { UserError } from './errors.js';
import { explainFileError } from './file-errors.js';
import { isAlive, ownIdentity } from './process-identity.js';

/** Name of the lock file in a locked folder. */
export const lockFile = 'lock.json';

/** A holder shows that it lives by writing its lock anew. */
const beatMilliseconds = 3000;
/** A holder that this process cannot see is given up when its lock has stayed the same for so long. */
const silenceMilliseconds = 30_000;

const holderSchema = z.object({
  token: z.string(),
  host: z.string(),
  machine: z.string().optional(),
  pid: z.int(),
  boot: z.string().optional(),
  space: z.string().optional(),
  started: z.string().optional(),
  since: z.string(),
  beat: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface Lock {
  /** Aborts, with a UserError, when another process has taken the lock because this one seemed dead to it. */
  readonly lost: AbortSignal;
  /** Gives the lock free. */
  release(): Promise<void>;
}

/** Times of the protocol, in milliseconds; for tests. */
export interface LockTimes {
  readonly beat?: number;
  readonly silence?: number;
}

/**
 * Keeps all other processes out of a folder with state, and other users of it in this process, until it is released or the
 * process ends, however it does. To be called before anything in the folder is read for writing, or deleted.
 *
 * The lock is a file that is created exclusively, which servers of network file systems do as one step too. It names its
 * holder by host, boot, process number and start time, so that on the same machine a lock left by a killed process is
 * known as such at once, whoever has its number now. Holders on other machines and in other containers cannot be seen:
 * they are alive as long as their lock changes, and given up after 30 seconds in which it did not.
 *
 * @param folder made if it does not exist
 * @param advice what a person can do instead, a sentence
 * @throws UserError when another process has the folder, or it cannot be written
 */
export function lockFolder(folder: string, advice: string, times: LockTimes = {}): Promise<Lock> {
  return lockPath(join(folder, lockFile), folder, advice, times);
}

/**
 * As `lockFolder`, for a part of a folder.
 * @param path of the lock file
 * @param name what is locked, for messages
 */
export async function lockPath(
  path: string,
  name: string,
  advice: string,
  { beat = beatMilliseconds, silence = silenceMilliseconds }: LockTimes = {},
): Promise<Lock> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const holder = await newHolder();
    for (;;) {
      if (await create(path, holder)) return new HeldLock(path, name, holder, beat);
      const other = await read(path);
      if (other === undefined) continue;
      if (await holds(path, other, silence)) throw inUse(name, other, advice);
      await removeStale(path, other, silence);
    }
  } catch (error) {
    throw explainFileError(error, 'lock', name);
  }
}

async function newHolder(): Promise<Holder> {
  const since = new Date().toISOString();
  return { token: randomUUID(), ...(await ownIdentity()), since, beat: since };
}

/** @returns false when there is a lock already */
async function create(path: string, holder: Holder): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(JSON.stringify(holder));
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** The text of a lock that is there, and whose it is unless it is still being written or damaged. */
interface FoundLock {
  readonly text: string;
  readonly holder?: Holder;
}

async function read(path: string): Promise<FoundLock | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return { text, holder: holderSchema.parse(JSON.parse(text)) };
  } catch {
    return { text };
  }
}

/** Whether a lock is held by somebody alive. Takes a while where that cannot be seen. */
async function holds(path: string, found: FoundLock, silence: number): Promise<boolean> {
  const seen = found.holder && (await isAlive(found.holder));
  if (seen !== undefined) return seen;
  const until = Date.now() + silence;
  while (Date.now() < until) {
    await sleep(Math.min(250, silence));
    const now = await read(path);
    if (now === undefined) return false;
    if (now.text !== found.text) return now.holder ? (await isAlive(now.holder)) !== false : true;
  }
  return false;
}

/**
 * Removes a lock whose holder is dead, under a lock of its own: of two processes that find it, the slower one must not remove
 * the lock that the faster one has put in its place.
 */
async function removeStale(path: string, stale: FoundLock, silence: number): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await create(breaking, await newHolder()))) {
    const other = await read(breaking);
    // Its holder is soon done, unless it was killed within these few lines.
    const isLeft = other && !(await holds(breaking, other, silence));
    if (isLeft && (await read(breaking))?.text === other.text) await rm(breaking, { force: true });
    else await sleep(20);
    return;
  }
  try {
    const now = await read(path);
    if (now?.text === stale.text) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

function inUse(name: string, { holder }: FoundLock, advice: string): UserError {
  const who = holder
    ? `process ${holder.pid} on ${holder.host}, since ${holder.since}`
    : 'a process that is just starting';
  return new UserError(`${name} is in use by ${who}. ${advice}`, { status: 409 });
}

class HeldLock implements Lock {
  readonly #path: string;
  readonly #name: string;
  readonly #holder: Holder;
  readonly #timer: NodeJS.Timeout;
  readonly #lost = new AbortController();
  #beating: Promise<void> = Promise.resolve();

  constructor(path: string, name: string, holder: Holder, beat: number) {
    this.#path = path;
    this.#name = name;
    this.#holder = holder;
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat()).catch(() => undefined);
    }, beat).unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    const found = await read(this.#path);
    if (found?.holder?.token === this.#holder.token) await rm(this.#path, { force: true });
  }

  async #beat(): Promise<void> {
    const found = await read(this.#path);
    const renewed = { ...this.#holder, beat: new Date().toISOString() };
    // Removed by hand: nobody else has it yet.
    if (!found && (await create(this.#path, renewed))) return;
    const now = found ?? (await read(this.#path));
    if (now?.holder && now.holder.token !== this.#holder.token) this.#lose(now.holder);
    else await this.#write(renewed);
  }

  async #write(renewed: Holder): Promise<void> {
    const file = await open(this.#path, 'r+');
    try {
      // As long as what it replaces, so that readers never find half of it.
      await file.write(JSON.stringify(renewed), 0);
    } finally {
      await file.close();
    }
  }

  #lose({ pid, host }: Holder): void {
    clearInterval(this.#timer);
    const message = `${this.#name} was taken over by process ${pid} on ${host}, to which this one seemed dead.`;
    this.#lost.abort(new UserError(message));
  }
}
