interface Entry<Value> {
  readonly opened: Promise<Value>;
  users: number;
  isEvicted: boolean;
}

/** Things that are costly to open, by key: the least recently used are closed when there are too many. */
export class Shelf<Value> {
  readonly #most: number;
  readonly #close: (value: Value) => Promise<void>;
  /** In order of last use. */
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(most: number, close: (value: Value) => Promise<void>) {
    this.#most = most;
    this.#close = close;
  }

  /** Works with what is on the shelf under that key; opened first if it is not there. A failure is not kept. */
  async use<Result>(
    key: string,
    open: () => Promise<Value>,
    work: (value: Value) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entries.get(key) ?? { opened: open(), users: 0, isEvicted: false };
    entry.users++;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#most) this.#evict(this.#entries.keys().next().value!);
    try {
      const value = await entry.opened.catch((error: unknown) => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        throw error;
      });
      return await work(value);
    } finally {
      entry.users--;
      await this.#closeUnused(entry);
    }
  }

  /** Closes everything, after its users are done. */
  async clear(): Promise<void> {
    for (const key of [...this.#entries.keys()]) this.#evict(key);
  }

  #evict(key: string): void {
    const entry = this.#entries.get(key)!;
    this.#entries.delete(key);
    entry.isEvicted = true;
    void this.#closeUnused(entry);
  }

  async #closeUnused(entry: Entry<Value>): Promise<void> {
    if (!entry.isEvicted || entry.users > 0) return;
    const value = await entry.opened.catch(() => undefined);
    if (value !== undefined) await this.#close(value);
  }
}
