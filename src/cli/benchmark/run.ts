import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.js';
import { lockFolder } from '../../base/lock-folder.js';
import type { MeasuredRow } from '../../benchmark/document.js';
import { benchmarkDocument } from '../../benchmark/document.js';
import { resultsFolder } from '../../benchmark/experiments/read-results.js';
import { Journal } from '../../benchmark/journal.js';
import { describeMachine, thisMachine } from '../../benchmark/machine.js';
import { measureRow } from '../../benchmark/measure-row.js';
import { readOrigin, writeOrigin } from '../../benchmark/origin.js';
import { exponentLine } from '../../benchmark/report/exponent-table.js';
import type { ReportContent } from '../../benchmark/report/report-content.js';
import { collectReport } from '../../benchmark/report/report-content.js';
import { writeReport } from '../../benchmark/report/write-report.js';
import type { BenchmarkRow } from '../../benchmark/row.js';
import { RowFailure } from '../../benchmark/row-failure.js';
import { findRow } from '../../benchmark/rows.js';
import { endWithSignal, stopOnSignals } from '../interrupt.js';
import { experimentsFolder, experimentsOf, runExperiments } from './experiments.js';
import type { BenchmarkFlags } from './flags.js';
import { limitsOf, lineOf, measureMissing } from './rows.js';

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
    const figures = await measureRow(row, { threads, memoryOnly }, limitsOf(flags)).catch(explainFailure);
    measured.push({ name: row.name, figures });
    if (!json) print(lineOf(row, figures));
  }
  if (json) print(JSON.stringify(benchmarkDocument(measured, machine), null, 2));
}

/** A row asked for by name that fails is the end of the command; within a whole run it is a row that says so. */
function explainFailure(error: unknown): never {
  throw error instanceof RowFailure ? new UserError(error.message, { cause: error }) : error;
}

/** Measures and trains what the output folder lacks, then writes the report there, alone in it. */
async function writeBenchmark(flags: BenchmarkFlags): Promise<void> {
  const lock = await lockFolder(
    flags.out,
    'Wait until it is done, or give this run another folder with --out.',
  );
  try {
    await writeLocked(flags);
  } finally {
    await lock.release();
  }
}

async function writeLocked(flags: BenchmarkFlags): Promise<void> {
  const journalPath = join(flags.out, 'journal.jsonl');
  const isMeasured = !flags.reportOnly;
  const ownOrigin = { machine: thisMachine(), command: commandOf(flags) };
  // Known before anything is measured: a misspelt experiment is not to end hours of work.
  const experiments = isMeasured ? await experimentsOf(flags) : [];
  if (flags.fresh && isMeasured) await rm(journalPath, { force: true });
  const journal = await Journal.open(journalPath);
  if (isMeasured) {
    await writeOrigin(flags.out, ownOrigin);
    const interrupt = stopOnSignals();
    try {
      const isComplete = await measureMissing(journal, experiments, flags, interrupt.signal);
      if (isComplete) await runExperiments(experiments, flags, interrupt.signal);
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      process.stderr.write(
        `Stopped: what is done is kept in ${flags.out}. The same command goes on from there; ` +
          '--report-only writes a report of it.\n',
      );
      await endWithSignal(interrupt.signal.reason as NodeJS.Signals);
    } finally {
      interrupt.release();
    }
  }
  if (journal.records.length === 0) {
    process.stderr.write(
      `Nothing is measured in ${flags.out} yet: the report has the accuracies that come with the sources alone.\n`,
    );
  }
  const content = await collectReport({
    rows: journal.records,
    ...((await readOrigin(flags.out)) ?? ownOrigin),
    results: [resultsFolder(), join(experimentsFolder(flags), 'results')],
  });
  const written = await writeReport(flags.out, content);
  if (flags.json) print(written.json);
  else printSummary(content, flags.out);
}

/** The command that repeats a run, without what only concerns where it goes and when it ends. */
function commandOf({
  full,
  memoryOnly,
  experiments,
  threads,
  memoryLimit,
  timeLimit,
}: BenchmarkFlags): string {
  const flags = [
    full && '--full',
    memoryOnly && '--memory-only',
    experiments === false && '--no-experiments',
    Array.isArray(experiments) && `--experiments ${experiments.join(' ')}`,
    `--threads ${threads} --memory-limit ${memoryLimit} --time-limit ${timeLimit}`,
  ];
  return ['npm run bench --', ...flags.filter((flag) => flag)].join(' ');
}

function printSummary({ exponents }: ReportContent, out: string): void {
  for (const exponent of exponents) print(exponentLine(exponent));
  print(`Report: ${join(out, 'report.html')}, ${join(out, 'report.md')}, ${join(out, 'results.json')}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
