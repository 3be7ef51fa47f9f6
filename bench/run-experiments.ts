import { join } from 'node:path';
import { TrainingReporter } from '../src/cli/training-reporter.js';
import { type Experiment, experimentNames, readExperiment } from './experiments/experiment.js';
import { writeCurves } from './experiments/learning-curve.js';
import { runExperiment } from './experiments/run-experiment.js';
import type { BenchFlags } from './flags.js';
import { formatPercent } from './report/format.js';

/** Where a benchmark trains. */
export function experimentsFolder({ out }: Pick<BenchFlags, 'out'>): string {
  return join(out, 'experiments');
}

/**
 * The experiments that a benchmark runs: those named, otherwise all of configs/experiments if it is the full
 * one.
 * @throws UserError listing the experiments when there is none of a name
 */
export async function experimentsOf({
  experiments,
  full,
  memoryOnly,
}: Pick<BenchFlags, 'experiments' | 'full' | 'memoryOnly'>): Promise<Experiment[]> {
  const isAll = full && !memoryOnly && experiments !== false;
  const names = Array.isArray(experiments) ? experiments : isAll ? await experimentNames() : [];
  return Promise.all(names.map(readExperiment));
}

/**
 * Trains and measures the models of experiments, one after the other, with their learning curves; what the
 * output folder has is kept.
 *
 * @throws the signal's reason when it aborts: the stage under way has saved its state
 */
export async function runExperiments(
  experiments: readonly Experiment[],
  flags: BenchFlags,
  signal: AbortSignal,
): Promise<void> {
  const out = experimentsFolder(flags);
  const { threads, json } = flags;
  for (const experiment of experiments) {
    const reporter = new TrainingReporter(process.stderr);
    const results = await runExperiment(experiment, { out, threads, signal, reporter });
    await writeCurves(experiment, out);
    for (const { name, canvas, seed, accuracies } of results) {
      const figures = Object.entries(accuracies).map(([task, share]) => `${task} ${formatPercent(share)}`);
      if (!json) process.stdout.write(`${name}, canvas ${canvas}, seed ${seed}: ${figures.join(', ')}\n`);
    }
  }
}
