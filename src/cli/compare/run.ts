import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { compare } from '../../compare/compare.js';
import { comparisonPage, comparisonRows, comparisonStatement } from '../../compare/compare-report.js';
import { findData } from '../../train/automatic/find-data.js';
import { textTable } from '../text-table.js';
import { nameOfData } from '../train/automatic.js';
import { TrainingReporter } from '../training-reporter.js';
import type { CompareFlags } from './flags.js';

/** Compares, or goes on comparing, until it is done or interrupted. */
export async function compareModels(flags: CompareFlags): Promise<void> {
  const { data, images, budget, seeds, slice, from, upright } = flags;
  const { task } = await findData(data);
  const out = flags.out ?? join('runs', `compare-${nameOfData(data)}`);
  const sizes = flags.sizes ?? (task === 'detection' ? [384] : [112, 224]);
  const threads = flags.threads ?? availableParallelism();
  const reporter = new TrainingReporter(process.stderr);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const comparison = await compare({
      asked: { data, images, budget, from, upright, out, threads, seed: 1 },
      sizes,
      seeds: Array.from({ length: seeds }, (_, at) => at + 1),
      slice: task === 'detection' ? slice : undefined,
      signal: interruption.signal,
      reporter,
    });
    if (!comparison) {
      reporter.note('stopped; the same command continues');
      process.exitCode = 130;
      return;
    }
    const path = join(out, 'report.html');
    await writeFile(path, await comparisonPage(`Comparison on ${basename(data)}`, comparison, data));
    const statement = comparisonStatement(comparison);
    const text = flags.json
      ? JSON.stringify({ ...comparison, statement })
      : [...textTable(comparisonRows(comparison)), '', statement, '', path].join('\n');
    process.stdout.write(`${text}\n`);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
