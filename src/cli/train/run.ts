import type { TrainingConfig } from '../../train/config.js';
import { readTrainingConfig } from '../../train/config.js';
import { formatDuration } from '../../train/progress.js';
import { bestModelFolder } from '../../train/run-folder.js';
import { runTraining } from '../../train/run-training.js';
import { TrainingReporter } from '../training-reporter.js';
import type { TrainFlags } from './flags.js';

/** Trains, or goes on training, until it is done or interrupted. */
export async function train(path: string, { fresh, ...overrides }: TrainFlags): Promise<void> {
  const config = await readTrainingConfig(path, overrides);
  const reporter = new TrainingReporter(process.stderr);
  const interruption = new AbortController();
  const interrupt = () => {
    reporter.note('stopping after this step; once more to stop at once, without saving');
    interruption.abort();
  };
  // `once` restores the default for the second Ctrl-C, which ends the process.
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const progress = await runTraining(config, { fresh, signal: interruption.signal, reporter });
    if (interruption.signal.aborted) {
      reporter.note(`stopped after step ${progress.step}; the same command continues`);
      process.exitCode = 130;
      return;
    }
    summarise(config, progress);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function summarise(config: TrainingConfig, progress: Awaited<ReturnType<typeof runTraining>>): void {
  const best = progress.best!;
  const score = `${(100 * best.score).toFixed(2)} %`;
  process.stdout.write(
    `done in ${formatDuration(progress.seconds)}; best validation ${best.measure} ${score} after epoch ${best.epoch + 1}\n` +
      `model: ${config.out}/${bestModelFolder}\n`,
  );
}
