import type { RowLimits } from '../src/benchmark/measure-row.js';
import { measureRow } from '../src/benchmark/measure-row.js';
import type { BenchmarkRow, Figures, MeasureOptions } from '../src/benchmark/row.js';
import { RowFailure } from '../src/benchmark/row-failure.js';
import type { ScalingRow } from '../src/benchmark/scaling/scaling-row.js';
import type { Journal, RowOutcome, RowRecord } from './journal.js';

export interface RunSettings {
  readonly options: MeasureOptions;
  readonly limits: RowLimits;
  readonly journal: Journal;
  /** Told of each row when it is done; `isKept` when the journal had it. */
  readonly onRow: (row: BenchmarkRow, record: RowRecord, isKept: boolean) => void;
  /** Measures a row; `measureRow` unless a test says otherwise. */
  readonly measure?: (row: BenchmarkRow, options: MeasureOptions, limits: RowLimits) => Promise<Figures>;
}

/**
 * Measures rows one after the other and writes each into the journal; those that are there already are kept.
 *
 * Once a model has failed on an engine, larger images are not tried: their rows say so.
 *
 * @throws the signal's reason when it aborts, every finished row being in the journal
 */
export async function runRows(rows: readonly BenchmarkRow[], run: RunSettings): Promise<void> {
  const failedSides = new Map<string, number>();
  for (const row of rows) {
    const series = isScalingRow(row) ? `${row.cell.contender.id} ${row.cell.engine}` : row.name;
    const kept = findKept(row, run);
    const record = kept ?? recordOf(row, await outcomeOf(row, failedSides.get(series), run), run);
    if (!kept) await run.journal.add(record);
    if (isScalingRow(row) && record.failure && !failedSides.has(series))
      failedSides.set(series, row.cell.side);
    run.onRow(row, record, kept !== undefined);
  }
}

/** A finished row serves if this run would measure no more of it; a failed one if the limits are the same. */
function findKept(row: BenchmarkRow, { journal, options, limits }: RunSettings): RowRecord | undefined {
  const found = journal.find(row.name);
  if (!found || found.threads !== options.threads) return undefined;
  if (found.memoryOnly && !options.memoryOnly) return undefined;
  return found.figures || found.limits === describeLimits(limits) ? found : undefined;
}

async function outcomeOf(
  row: BenchmarkRow,
  failedSide: number | undefined,
  { measure = measureRow, options, limits }: RunSettings,
): Promise<RowOutcome> {
  if (failedSide) {
    return {
      failure: { reason: 'skipped', message: `not tried: it failed at ${failedSide} x ${failedSide}` },
    };
  }
  try {
    return { figures: await measure(row, options, limits) };
  } catch (error) {
    if (!(error instanceof RowFailure)) throw error;
    return { failure: { reason: error.reason, message: error.message } };
  }
}

function recordOf(row: BenchmarkRow, outcome: RowOutcome, { options, limits }: RunSettings): RowRecord {
  const { threads, memoryOnly = false } = options;
  const finishedAt = new Date().toISOString();
  return { name: row.name, finishedAt, threads, memoryOnly, limits: describeLimits(limits), ...outcome };
}

/** The limits of a row, for a person and for comparing. */
export function describeLimits({ memoryBytes, seconds }: RowLimits): string {
  const memory = memoryBytes ? `${(memoryBytes / 2 ** 30).toFixed(1)} GiB` : 'any memory';
  return `${memory}, ${seconds ? `${seconds} s` : 'any time'}`;
}

export function isScalingRow(row: BenchmarkRow): row is ScalingRow {
  return 'cell' in row;
}
