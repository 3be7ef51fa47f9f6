import { describeMachine, thisMachine } from '../src/benchmark/machine.js';
import type { BenchmarkRow } from '../src/benchmark/row.js';
import { lineOf } from '../src/benchmark/row-line.js';
import { limitsOf } from '../src/cli/benchmark/run.js';
import { findWebGpu } from '../src/runtime/dawn.js';
import { formatDuration } from '../src/train/progress.js';
import type { Experiment } from './experiments/experiment.js';
import { readAllResults, resultsFolder } from './experiments/read-results.js';
import type { BenchFlags } from './flags.js';
import type { Journal, RowRecord } from './journal.js';
import { measureBuiltRow } from './measure-row.js';
import { planRows } from './plan.js';
import { describeLimits, runRows } from './run-rows.js';
import { testedModels } from './scaling/experiment-row.js';

/**
 * Measures the rows that the journal lacks and tells of each.
 *
 * @param experiments models that will have an accuracy: they are timed like those that have one
 * @returns whether all rows are done; false where `--stop-after` ended the run
 * @throws the signal's reason when it aborts, every finished row being in the journal
 */
export async function measureMissing(
  journal: Journal,
  experiments: readonly Experiment[],
  flags: BenchFlags,
  signal: AbortSignal,
): Promise<boolean> {
  const { full = false, memoryOnly = false, threads, json, stopAfter } = flags;
  const print = (text: string) => void (json || process.stdout.write(`${text}\n`));
  const hasWebGpu = (await findWebGpu()).available;
  const tested = [...(await readAllResults([resultsFolder()])), ...experiments.flatMap(testedModels)];
  const rows = await planRows({ full, memoryOnly, hasWebGpu, tested });
  const limits = limitsOf(flags);
  print(`${describeMachine(thisMachine())}\n${rows.length} rows, limits ${describeLimits(limits)}`);
  let [done, kept] = [0, 0];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const end = endAfter(stopAfter);
  const running = runRows(rows, {
    options: { threads, memoryOnly },
    limits: { ...limits, signal: AbortSignal.any([signal, end.signal]) },
    journal,
    measure: measureBuiltRow,
    onRow: (row: BenchmarkRow, record: RowRecord, isKept: boolean) => {
      done++;
      if (isKept) kept++;
      else print(`[${done}/${rows.length}] ${resultLine(row, record)}`);
    },
  });
  try {
    await running;
  } catch (error) {
    if (!end.signal.aborted || signal.aborted) throw error;
  } finally {
    end.release();
  }
  const keptNote = kept > 0 ? `; ${kept} were in ${flags.out} already (--fresh measures them again)` : '';
  print(`${done - kept} rows in ${formatDuration(seconds())}${keptNote}`);
  const isComplete = done === rows.length;
  if (!isComplete) print(`${rows.length - done} rows are left: the same command goes on from there`);
  return isComplete;
}

/** Aborts after so many minutes; absent: never. */
function endAfter(minutes: number | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  if (minutes === undefined) return { signal: controller.signal, release: () => undefined };
  const timer = setTimeout(() => controller.abort('time is over'), minutes * 60_000);
  return { signal: controller.signal, release: () => clearTimeout(timer) };
}

function resultLine(row: BenchmarkRow, { figures, failure }: RowRecord): string {
  if (figures) return lineOf(row, figures);
  const message = failure!.message.replace(`benchmark row ${row.name}: `, '').split('\n')[0];
  return `${row.name}: failed (${failure!.reason}): ${message}`;
}
