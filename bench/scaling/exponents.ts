import { groupBy } from '../../src/base/group-by.js';
import { fitPowerLaw, type PowerLaw } from '../statistics.js';
import type { ScalingRecord } from './scaling-record.js';

/** Sides in pixels between which exponents are fitted. */
export const FIT_SIDES = { least: 512, most: 4096 } as const;
/** Where the exponent of a cost that is linear in the pixels may lie. */
export const LINEAR = { least: 0.9, most: 1.15 } as const;

/** How one cost of a model grows with the number of pixels. */
export interface Exponent {
  readonly contender: string;
  readonly label: string;
  readonly engine: string;
  readonly cost: string;
  readonly law: PowerLaw;
  /** The sides in pixels that it is fitted to. */
  readonly sides: readonly number[];
  /** Within `LINEAR`. */
  readonly isLinear: boolean;
}

type CostOf = (record: ScalingRecord) => number | undefined;

/** The costs that are fitted, by what they are called in tables. */
const COSTS: Readonly<Record<string, CostOf>> = {
  time: ({ figures }) => figures?.seconds,
  // Divided by that of a fixed matrix product measured in turns with it, which takes out much of what else
  // ran. That one runs on the CPU: it is no yardstick for another device.
  'time in matrix products': ({ figures, engine }) =>
    engine === 'webgpu'
      ? undefined
      : figures?.seconds && figures.matMulGflops && figures.seconds * figures.matMulGflops,
  'activation memory': ({ figures }) => figures?.activationBytes,
  'operations (computed)': ({ cost }) => cost.flops,
};

/** Fits each cost of each model and engine as a power of the number of pixels. */
export function fitExponents(records: readonly ScalingRecord[]): Exponent[] {
  const inRange = records.filter(({ side }) => side >= FIT_SIDES.least && side <= FIT_SIDES.most);
  const series = groupBy(inRange, ({ contender, engine }) => `${contender} ${engine}`);
  return [...series.values()].flatMap((rows) =>
    Object.entries(COSTS).flatMap(([cost, costOf]) => fitOne(rows, cost, costOf) ?? []),
  );
}

function fitOne(rows: readonly ScalingRecord[], cost: string, costOf: CostOf): Exponent | undefined {
  const known = rows.filter((row) => (costOf(row) ?? 0) > 0);
  const law = fitPowerLaw(known.map((row) => [row.side ** 2, costOf(row)!]));
  if (!law) return undefined;
  const { contender, label, engine } = rows[0]!;
  const isLinear = law.exponent >= LINEAR.least && law.exponent <= LINEAR.most;
  return { contender, label, engine, cost, law, sides: known.map(({ side }) => side), isLinear };
}
