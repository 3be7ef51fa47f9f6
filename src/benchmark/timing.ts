import { performance } from 'node:perf_hooks';

/** Wall-clock seconds of each of several things, by name. */
export type Timings<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Times several things in turns, so that whatever else the machine does meanwhile slows all of them alike.
 * Each is run once beforehand, untimed.
 */
export async function interleave<Name extends string>(
  rounds: number,
  work: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Timings<Name>> {
  const entries = Object.entries(work) as [Name, () => Promise<unknown>][];
  const seconds = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (const [, run] of entries) await run();
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of entries) seconds[name].push(await timed(run));
  }
  return seconds;
}

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
