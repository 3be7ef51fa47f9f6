import { packageRoot } from '../../src/base/package-root.js';
import { thisMachine } from '../../src/benchmark/machine.js';
import { benchmarkRow } from '../../src/benchmark/rows.js';
import type { BenchFlags } from '../flags.js';
import { type Build, measureWith, openBuild } from './build.js';
import { compareRow, comparisonLines, machineLines, type RowComparison } from './compare-builds.js';

/** Rows that are compared where none are named: one of inference, one of training, one of starting. */
const DEFAULT_ROWS = ['vil-tiny-1024', 'traced-step', 'cold-start'];

/**
 * Times rows of this build and of another built checkout in turns and prints pairs, medians, spread and the
 * machine.
 * @throws UserError when there is no such checkout or row, or one of the builds cannot measure it
 */
export async function runAgainst(checkout: string, flags: BenchFlags): Promise<void> {
  const rows = (flags.only ?? DEFAULT_ROWS).map((name) => benchmarkRow(name).name);
  const builds = [openBuild(packageRoot()), openBuild(checkout)] as const;
  const print = (text: string) => void (flags.json || process.stdout.write(`${text}\n`));
  print(
    `This build (${builds[0].folder}) against ${builds[1].folder}; a ratio under 1: this build needs less`,
  );
  const comparisons: RowComparison[] = [];
  for (const row of rows) {
    const measure = (build: Build, name: string) => measureWith(build, name, flags);
    const comparison = await compareRow(row, builds, flags.rounds, measure);
    comparisons.push(comparison);
    for (const line of comparisonLines(comparison)) print(line);
  }
  for (const line of machineLines(comparisons.at(-1)!.pairs[0]!.other.machine)) print(line);
  if (!flags.json) return;
  const document = { builds: builds.map(({ folder }) => folder), machine: thisMachine(), rows: comparisons };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
