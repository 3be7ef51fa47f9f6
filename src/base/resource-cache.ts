/** What a cache may hold. The most recently used entry stays, however large. */
export interface CacheLimits {
  readonly entries: number;
  /** Sum of the entries' sizes. Default any. */
  readonly size?: number;
}

/** What a cache does with what it holds. */
export interface ResourceKind<Value> {
  readonly close: (value: Value) => Promise<void>;
  /** Whether it has ended by itself: it is not used again then, nor closed. Default never. */
  readonly hasEnded?: (value: Value) => boolean;
}

interface Entry<Value> {
  readonly size: number;
  readonly opened: Promise<Value>;
  users: number;
  isEvicted: boolean;
  /** Called when the last user is done. */
  onUnused: () => void;
  closed?: Promise<void>;
}

/**
 * Things that are costly to open, by key, the least recently used ones closed when there are too many.
 *
 * Those who ask for the same key at the same time share one; what is in use is closed after its last user.
 */
export class ResourceCache<Value> {
  readonly #limits: CacheLimits;
  readonly #kind: ResourceKind<Value>;
  /** In order of last use, which is the order in which a Map keeps what is deleted and set again. */
  readonly #entries = new Map<string, Entry<Value>>();
  /** All that are not closed yet, those that had to make room among them. */
  readonly #open = new Set<Entry<Value>>();

  constructor(limits: CacheLimits, kind: ResourceKind<Value>) {
    this.#limits = limits;
    this.#kind = kind;
  }

  get keys(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Runs `work` on what has that key.
   * @param open makes it when it is not there; a failure is not kept
   * @param size what it counts for among the limits
   */
  async use<Result>(
    key: string,
    open: () => Promise<Value>,
    work: (value: Value) => Promise<Result>,
    size = 0,
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

  #add(size: number, opened: Promise<Value>): Entry<Value> {
    const entry: Entry<Value> = { size, opened, users: 0, isEvicted: false, onUnused: () => undefined };
    this.#open.add(entry);
    return entry;
  }

  /**
   * Waits until all users are done, also those whom nobody waits for any more, and closes everything: a process or thread
   * may end after that, but not while ONNX Runtime is at work.
   */
  async clear(): Promise<void> {
    this.#entries.clear();
    await Promise.all([...this.#open].map((entry) => this.#clear(entry)));
  }

  async #clear(entry: Entry<Value>): Promise<void> {
    entry.isEvicted = true;
    if (entry.users > 0) {
      await new Promise<void>((resolve) => {
        entry.onUnused = resolve;
      });
    }
    await this.#closeUnused(entry);
  }

  #evict(): void {
    const { entries: most, size: largest = Infinity } = this.#limits;
    const total = () => [...this.#entries.values()].reduce((sum, { size }) => sum + size, 0);
    while (this.#entries.size > 1 && (this.#entries.size > most || total() > largest)) {
      const [key, entry] = this.#entries.entries().next().value!;
      this.#entries.delete(key);
      entry.isEvicted = true;
      void this.#closeUnused(entry);
    }
  }

  /** Forgets an entry that failed to open or has ended, and closes an evicted one after its last user. */
  async #retire(key: string, entry: Entry<Value>): Promise<void> {
    const isAlive = await entry.opened.then(
      (value) => !this.#kind.hasEnded?.(value),
      () => false,
    );
    if (!isAlive) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      entry.isEvicted = true;
    }
    if (entry.users === 0) entry.onUnused();
    if (entry.isEvicted) await this.#closeUnused(entry);
  }

  async #closeUnused(entry: Entry<Value>): Promise<void> {
    if (entry.users > 0) return;
    entry.closed ??= this.#close(entry).finally(() => this.#open.delete(entry));
    await entry.closed;
  }

  async #close({ opened }: Entry<Value>): Promise<void> {
    const opening = await opened.then(
      (value) => ({ value }),
      () => undefined,
    );
    if (opening && !this.#kind.hasEnded?.(opening.value)) await this.#kind.close(opening.value);
  }
}
