import { Command } from 'commander';
import type { TrainingConfig } from '../training/config.js';
import { readTrainingConfig } from '../training/config.js';
import { formatDuration } from '../training/progress.js';
import { bestModelFolder, runTraining } from '../training/run.js';
import { TrainingReporter } from './training-reporter.js';

interface TrainOptions {
  readonly data?: string;
  readonly model?: string;
  readonly out?: string;
  readonly threads?: number;
  readonly fresh?: boolean;
}

const description = `Train or fine-tune an image classifier.

The configuration names the data (a folder with one folder a split, each with one folder a class), the model
folder to start from and all settings; configs/ has examples, docs/training.md explains them.
A run continues by itself from the checkpoint in its output folder. Ctrl-C saves and stops.`;

/** `vil train <config.json>` */
export function trainCommand(): Command {
  return new Command('train')
    .description(description)
    .argument('<config>', 'training configuration, a JSON file')
    .option('--data <folder>', "instead of the configuration's `data`")
    .option('--model <folder>', "instead of the configuration's `model`")
    .option('--out <folder>', "instead of the configuration's `out`")
    .option('--threads <number>', 'threads that ONNX Runtime computes on', Number)
    .option('--fresh', 'start over instead of continuing from the checkpoint')
    .action(trainAction);
}

async function trainAction(path: string, { fresh, ...overrides }: TrainOptions): Promise<void> {
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
  const accuracy = `${(100 * best.accuracy).toFixed(2)} %`;
  process.stdout.write(
    `done in ${formatDuration(progress.seconds)}; best validation accuracy ${accuracy} after epoch ${best.epoch + 1}\n` +
      `model: ${config.out}/${bestModelFolder}\n`,
  );
}
