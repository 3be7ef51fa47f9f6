import type { Machine } from '../../src/benchmark/machine.js';
import { describeMachine, thisMachine } from '../../src/benchmark/machine.js';
import { median } from '../../src/benchmark/timing.js';
import type { Build, BuildFigures } from './build.js';

/** One turn: a row measured with both builds, directly after each other. */
export interface Pair {
  readonly own: BuildFigures;
  readonly other: BuildFigures;
}

/** A row's pairs, and what is the same on a faster or a busier machine: their ratios. */
export interface RowComparison {
  readonly row: string;
  readonly pairs: readonly Pair[];
  /** Of this build's time to the other's, pair by pair; under 1 this build is faster. */
  readonly timeRatio: Spread;
  /** Of the peak memory, likewise. */
  readonly memoryRatio: Spread;
  /** Median seconds of either build. */
  readonly seconds: { readonly own: number; readonly other: number };
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Measures a row with two builds in turns, so that whatever else the machine does meanwhile slows both alike;
 * which of them goes first changes from turn to turn.
 */
export async function compareRow(
  row: string,
  [own, other]: readonly [Build, Build],
  rounds: number,
  measure: (build: Build, row: string) => Promise<BuildFigures>,
): Promise<RowComparison> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const isOwnFirst = round % 2 === 0;
    const first = await measure(isOwnFirst ? own : other, row);
    const second = await measure(isOwnFirst ? other : own, row);
    pairs.push(isOwnFirst ? { own: first, other: second } : { own: second, other: first });
  }
  return {
    row,
    pairs,
    timeRatio: spreadOf(pairs.map((pair) => pair.own.seconds / pair.other.seconds)),
    memoryRatio: spreadOf(pairs.map((pair) => pair.own.peakRssBytes / pair.other.peakRssBytes)),
    seconds: {
      own: median(pairs.map((pair) => pair.own.seconds)),
      other: median(pairs.map((pair) => pair.other.seconds)),
    },
  };
}

function spreadOf(ratios: readonly number[]): Spread {
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** A comparison in lines: every pair, then medians and spread. */
export function comparisonLines({ row, pairs, timeRatio, memoryRatio, seconds }: RowComparison): string[] {
  return [
    row,
    ...pairs.map(
      ({ own, other }, turn) =>
        `  turn ${turn + 1}: ${own.seconds.toFixed(3)} s against ${other.seconds.toFixed(3)} s, ` +
        `ratio ${(own.seconds / other.seconds).toFixed(3)}`,
    ),
    `  time: median ${seconds.own.toFixed(3)} s against ${seconds.other.toFixed(3)} s, ratio ${spreadText(timeRatio)}`,
    `  peak memory: ratio ${spreadText(memoryRatio)}`,
  ];
}

function spreadText({ median: middle, least, most }: Spread): string {
  return `${middle.toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;
}

/** The machine, and what the other build runs on where that differs. */
export function machineLines(other: Machine): string[] {
  const machine = thisMachine();
  const differing = (['node', 'onnxruntime', 'tfjs'] as const).filter(
    (part) => machine[part] !== other[part],
  );
  const differences = differing.map((part) => `${part} ${other[part]} instead of ${machine[part]}`);
  return [
    describeMachine(machine),
    ...(differences.length > 0 ? [`The other build runs on ${differences.join(', ')}.`] : []),
  ];
}
