import type { Experiment } from '../../benchmark/experiments/experiment.js';
import { readAllResults, resultsFolder } from '../../benchmark/experiments/read-results.js';
import type { Journal, RowRecord } from '../../benchmark/journal.js';
import { describeMachine, thisMachine } from '../../benchmark/machine.js';
import type { RowLimits } from '../../benchmark/measure-row.js';
import { planRows } from '../../benchmark/plan.js';
import type { BenchmarkRow, Figures } from '../../benchmark/row.js';
import { describeLimits, runRows } from '../../benchmark/run-rows.js';
import { testedModels } from '../../benchmark/scaling/experiment-row.js';
import { findWebGpu } from '../../runtime/webgpu-device.js';
import { formatDuration } from '../../train/progress.js';
import type { BenchmarkFlags } from './flags.js';

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
  flags: BenchmarkFlags,
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

export function limitsOf({ memoryLimit, timeLimit }: BenchmarkFlags): RowLimits {
  return { memoryBytes: memoryLimit * 2 ** 30, seconds: timeLimit };
}

/** A row's figures in a line. */
export function lineOf(row: BenchmarkRow, figures: Figures): string {
  const memory = `${(figures.peakRssBytes! / 2 ** 30).toFixed(2)} GiB`;
  return `${row.name}: ${row.summarise(figures)}; peak memory ${memory}`;
}

function resultLine(row: BenchmarkRow, { figures, failure }: RowRecord): string {
  if (figures) return lineOf(row, figures);
  const message = failure!.message.replace(`benchmark row ${row.name}: `, '').split('\n')[0];
  return `${row.name}: failed (${failure!.reason}): ${message}`;
}
