import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../src/base/lock-folder.js';
import { thisMachine } from '../src/benchmark/machine.js';
import { printRows } from '../src/cli/benchmark/run.js';
import { endWithSignal, stopOnSignals } from '../src/cli/interrupt.js';
import { runAgainst } from './against/run-against.js';
import { resultsFolder } from './experiments/read-results.js';
import type { BenchFlags } from './flags.js';
import { Journal } from './journal.js';
import { measureMissing } from './measure-missing.js';
import { measureBuiltRow } from './measure-row.js';
import { readOrigin, writeOrigin } from './origin.js';
import { exponentLine } from './report/exponent-table.js';
import type { ReportContent } from './report/report-content.js';
import { collectReport } from './report/report-content.js';
import { writeReport } from './report/write-report.js';
import { findRow } from './rows.js';
import { experimentsFolder, experimentsOf, runExperiments } from './run-experiments.js';

/** Measures, prints and writes what the flags ask for. */
export async function bench(flags: BenchFlags): Promise<void> {
  if (flags.against) await runAgainst(flags.against, flags);
  else if (flags.only) await printRows(await Promise.all(flags.only.map(findRow)), flags, measureBuiltRow);
  else await writeBenchmark(flags);
}

/** Measures and trains what the output folder lacks, then writes the report there, alone in it. */
async function writeBenchmark(flags: BenchFlags): Promise<void> {
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

async function writeLocked(flags: BenchFlags): Promise<void> {
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
function commandOf({ full, memoryOnly, experiments, threads, memoryLimit, timeLimit }: BenchFlags): string {
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
