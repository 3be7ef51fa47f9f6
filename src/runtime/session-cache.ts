import type { Session } from './session/session.js';

/** What a cache may hold. The most recently used entry stays, however large. */
export interface CacheLimits {
  readonly entries: number;
  /** Sum of the entries' sizes. */
  readonly size: number;
}

/** A session with what its owner needs to know beside it. */
export interface CachedSession<Details> {
  readonly session: Session;
  readonly details: Details;
}

interface Entry<Details> {
  readonly size: number;
  readonly opened: Promise<CachedSession<Details>>;
  users: number;
  isEvicted: boolean;
  /** Called when the last user is done. */
  onUnused: () => void;
  closed?: Promise<void>;
}

/**
 * Sessions by key, the least recently used ones closed when there are too many.
 *
 * Those who ask for the same key at the same time share one session; a session in use is closed after its last user.
 */
export class SessionCache<Details> {
  readonly #limits: CacheLimits;
  /** In order of last use, which is the order in which a Map keeps what is deleted and set again. */
  readonly #entries = new Map<string, Entry<Details>>();
  /** All that are not closed yet, those that had to make room among them. */
  readonly #open = new Set<Entry<Details>>();

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get keys(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Runs `work` on the session of that key.
   * @param open makes the session when there is none; a failure is not kept
   */
  async use<Result>(
    key: string,
    size: number,
    open: () => Promise<CachedSession<Details>>,
    work: (cached: CachedSession<Details>) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entries.get(key) ?? this.#add(size, open());
    entry.users++;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#evict();
    try {
      return await work(await entry.opened);
    } finally {
      entry.users--;
      await this.#retire(key, entry);
    }
  }

  #add(size: number, opened: Promise<CachedSession<Details>>): Entry<Details> {
    const entry: Entry<Details> = { size, opened, users: 0, isEvicted: false, onUnused: () => undefined };
    this.#open.add(entry);
    return entry;
  }

  /**
   * Waits until all users are done, also those whom nobody waits for any more, and closes all sessions: a process or thread
   * may end after that, but not while ONNX Runtime is at work.
   */
  async clear(): Promise<void> {
    this.#entries.clear();
    await Promise.all([...this.#open].map((entry) => this.#clear(entry)));
  }

  async #clear(entry: Entry<Details>): Promise<void> {
    entry.isEvicted = true;
    if (entry.users > 0) {
      await new Promise<void>((resolve) => {
        entry.onUnused = resolve;
      });
    }
    await this.#closeUnused(entry);
  }

  #evict(): void {
    const total = () => [...this.#entries.values()].reduce((sum, { size }) => sum + size, 0);
    const isTooMuch = () => this.#entries.size > this.#limits.entries || total() > this.#limits.size;
    while (this.#entries.size > 1 && isTooMuch()) {
      const [key, entry] = this.#entries.entries().next().value!;
      this.#entries.delete(key);
      entry.isEvicted = true;
      void this.#closeUnused(entry);
    }
  }

  /** Forgets an entry whose session failed to open or has crashed, and closes an evicted one after its last user. */
  async #retire(key: string, entry: Entry<Details>): Promise<void> {
    const isAlive = await entry.opened.then(
      ({ session }) => !session.hasEnded,
      () => false,
    );
    if (!isAlive) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      entry.isEvicted = true;
    }
    if (entry.users === 0) entry.onUnused();
    if (entry.isEvicted) await this.#closeUnused(entry);
  }

  async #closeUnused(entry: Entry<Details>): Promise<void> {
    if (entry.users > 0) return;
    entry.closed ??= close(entry).finally(() => this.#open.delete(entry));
    await entry.closed;
  }
}

async function close<Details>(entry: Entry<Details>): Promise<void> {
  const cached = await entry.opened.catch(() => undefined);
  if (cached && !cached.session.hasEnded) await cached.session.close();
}
