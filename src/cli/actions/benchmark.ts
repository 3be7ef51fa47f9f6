import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeasuredRow } from '../../benchmark/document.js';
import { benchmarkDocument } from '../../benchmark/document.js';
import { readResults } from '../../benchmark/experiments/read-results.js';
import type { RowRecord } from '../../benchmark/journal.js';
import { Journal } from '../../benchmark/journal.js';
import { describeMachine, thisMachine } from '../../benchmark/machine.js';
import type { RowLimits } from '../../benchmark/measure-row.js';
import { measureRow } from '../../benchmark/measure-row.js';
import { planRows } from '../../benchmark/plan.js';
import { exponentLine } from '../../benchmark/report/exponent-table.js';
import type { ReportContent } from '../../benchmark/report/report-content.js';
import { collectReport } from '../../benchmark/report/report-content.js';
import { writeReport } from '../../benchmark/report/write-report.js';
import type { BenchmarkRow, Figures } from '../../benchmark/row.js';
import { findRow } from '../../benchmark/rows.js';
import { describeLimits, runRows } from '../../benchmark/run-rows.js';
import { findWebGpu } from '../../engine/webgpu-device.js';
import { formatDuration } from '../../training/progress.js';
import type { BenchmarkFlags } from '../benchmark.js';

/** Measures, prints and writes what the flags ask for. */
export async function benchmark(flags: BenchmarkFlags): Promise<void> {
  if (flags.only) await printRows(await Promise.all(flags.only.map(findRow)), flags);
  else await writeBenchmark(flags);
}

/** Measures the rows asked for, one after the other, and prints their figures; writes nothing. */
async function printRows(rows: readonly BenchmarkRow[], flags: BenchmarkFlags): Promise<void> {
  const { threads, memoryOnly, json } = flags;
  const machine = thisMachine();
  if (!json) print(describeMachine(machine));
  const measured: MeasuredRow[] = [];
  for (const row of rows) {
    const figures = await measureRow(row, { threads, memoryOnly }, limitsOf(flags));
    measured.push({ name: row.name, figures });
    if (!json) print(lineOf(row, figures));
  }
  if (json) print(JSON.stringify(benchmarkDocument(measured, machine), null, 2));
}

/** Measures what the journal in the output folder lacks, then writes the report there. */
async function writeBenchmark(flags: BenchmarkFlags): Promise<void> {
  const journalPath = join(flags.out, 'journal.jsonl');
  if (flags.fresh && !flags.reportOnly) await rm(journalPath, { force: true });
  const journal = await Journal.open(journalPath);
  if (!flags.reportOnly) await measureMissing(journal, flags);
  const content = await collectReport({
    rows: journal.records,
    machine: thisMachine(),
    command: commandOf(flags),
  });
  const written = await writeReport(flags.out, content);
  if (flags.json) print(written.json);
  else printSummary(content, flags.out);
}

async function measureMissing(journal: Journal, flags: BenchmarkFlags): Promise<void> {
  const { full = false, memoryOnly = false, threads, json } = flags;
  const hasWebGpu = (await findWebGpu()).available;
  const rows = await planRows({ full, memoryOnly, hasWebGpu, results: await readResults() });
  const limits = limitsOf(flags);
  const interrupt = stopOnSignals();
  let [done, kept] = [0, 0];
  if (!json)
    print(`${describeMachine(thisMachine())}\n${rows.length} rows, limits ${describeLimits(limits)}`);
  const onRow = (row: BenchmarkRow, record: RowRecord, isKept: boolean) => {
    done++;
    if (isKept) kept++;
    else if (!json) print(`[${done}/${rows.length}] ${resultLine(row, record)}`);
  };
  const started = performance.now();
  try {
    await runRows(rows, {
      options: { threads, memoryOnly },
      limits: { ...limits, signal: interrupt.signal },
      journal,
      onRow,
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write(
      `Stopped: ${done} of ${rows.length} rows are done and kept in ${flags.out}. ` +
        'The same command goes on from there; --report-only writes a report of them.\n',
    );
    // As if the signal had not been handled: a shell reports 130 or 143.
    process.kill(process.pid, interrupt.signal.reason as NodeJS.Signals);
    await new Promise(() => undefined);
  } finally {
    interrupt.release();
  }
  if (json) return;
  const seconds = (performance.now() - started) / 1000;
  const keptNote = kept > 0 ? `; ${kept} were in ${flags.out} already (--fresh measures them again)` : '';
  print(`${done - kept} rows in ${formatDuration(seconds)}${keptNote}`);
}

/** Aborts on the first SIGINT or SIGTERM, its reason being the signal's name; a second one ends the process at once. */
function stopOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) => {
    release();
    controller.abort(name);
  };
  const release = () => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return { signal: controller.signal, release };
}

function limitsOf({ memoryLimit, timeLimit }: BenchmarkFlags): RowLimits {
  return { memoryBytes: memoryLimit * 2 ** 30, seconds: timeLimit };
}

/** The command that repeats a run, without what only concerns where it goes. */
function commandOf({ full, memoryOnly, threads, memoryLimit, timeLimit }: BenchmarkFlags): string {
  const flags = [full && '--full', memoryOnly && '--memory-only'].filter(
    (flag) => flag !== undefined && flag,
  );
  const limits = `--threads ${threads} --memory-limit ${memoryLimit} --time-limit ${timeLimit}`;
  return ['npm run bench --', ...flags, limits].join(' ');
}

function lineOf(row: BenchmarkRow, figures: Figures): string {
  const memory = `${(figures.peakRssBytes! / 2 ** 30).toFixed(2)} GiB`;
  return `${row.name}: ${row.summarise(figures)}; peak memory ${memory}`;
}

function resultLine(row: BenchmarkRow, { figures, failure }: RowRecord): string {
  if (figures) return lineOf(row, figures);
  const message = failure!.message.replace(`benchmark row ${row.name}: `, '').split('\n')[0];
  return `${row.name}: failed: ${message}`;
}

function printSummary({ exponents }: ReportContent, out: string): void {
  for (const exponent of exponents) print(exponentLine(exponent));
  print(`Report: ${join(out, 'report.html')}, ${join(out, 'report.md')}, ${join(out, 'results.json')}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
