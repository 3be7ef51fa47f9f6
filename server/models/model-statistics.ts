/** How often something was done, and the time it took in all. */
interface Total {
  readonly count: number;
  readonly nanoseconds: number;
}

/** What a model has done since the server began. */
export interface ModelTotals {
  readonly success: Total;
  readonly fail: Total;
  /** When the last one ended, as `Date.now()`; 0 before the first. */
  readonly last: number;
}

const none: Total = { count: 0, nanoseconds: 0 };

/** Counts what models do. Loading a model anew does not begin at nought. */
export class ModelStatistics {
  readonly #totals = new Map<string, ModelTotals>();

  of(name: string): ModelTotals {
    return this.#totals.get(name) ?? { success: none, fail: none, last: 0 };
  }

  /** Times `work`, done by the model of that name. */
  async time<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const started = process.hrtime.bigint();
    try {
      const result = await work();
      this.#add(name, 'success', started);
      return result;
    } catch (error) {
      this.#add(name, 'fail', started);
      throw error;
    }
  }

  #add(name: string, how: 'success' | 'fail', started: bigint): void {
    const before = this.of(name);
    const { count, nanoseconds } = before[how];
    const took = Number(process.hrtime.bigint() - started);
    const total = { count: count + 1, nanoseconds: nanoseconds + took };
    this.#totals.set(name, { ...before, [how]: total, last: Date.now() });
  }
}
