import { UserError } from '../../base/errors.js';
import type { MeasuredRow } from '../../benchmark/document.js';
import { benchmarkDocument } from '../../benchmark/document.js';
import { describeMachine, thisMachine } from '../../benchmark/machine.js';
import type { RowLimits } from '../../benchmark/measure-row.js';
import { measureRow } from '../../benchmark/measure-row.js';
import type { BenchmarkRow } from '../../benchmark/row.js';
import { RowFailure } from '../../benchmark/row-failure.js';
import { lineOf } from '../../benchmark/row-line.js';
import { benchmarkRow, ratioRows, slowRows } from '../../benchmark/rows.js';
import type { BenchmarkFlags, RowFlags } from './flags.js';

/** Measures and prints the rows that the flags ask for. */
export async function benchmark(flags: BenchmarkFlags): Promise<void> {
  const quick = ratioRows.filter(({ name }) => !slowRows.includes(name));
  await printRows(flags.only?.map(benchmarkRow) ?? quick, flags);
}

/**
 * Measures rows, one after the other, and prints their figures; writes nothing.
 * @throws UserError naming the row that failed and why
 */
export async function printRows(
  rows: readonly BenchmarkRow[],
  flags: RowFlags,
  measure: typeof measureRow = measureRow,
): Promise<void> {
  const { threads, memoryOnly, json } = flags;
  const machine = thisMachine();
  if (!json) print(describeMachine(machine));
  const measured: MeasuredRow[] = [];
  for (const row of rows) {
    const figures = await measure(row, { threads, memoryOnly }, limitsOf(flags)).catch(explainFailure);
    measured.push({ name: row.name, figures });
    if (!json) print(lineOf(row, figures));
  }
  if (json) print(JSON.stringify(benchmarkDocument(measured, machine), null, 2));
}

export function limitsOf({ memoryLimit, timeLimit }: RowFlags): RowLimits {
  return { memoryBytes: memoryLimit * 2 ** 30, seconds: timeLimit };
}

/** A row asked for by name that fails is the end of the command. */
function explainFailure(error: unknown): never {
  throw error instanceof RowFailure ? new UserError(error.message, { cause: error }) : error;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
