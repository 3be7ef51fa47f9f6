import { UserError } from '../../base/errors.js';
import type { TrainingConfig } from '../../train/config.js';
import { readTrainingConfig } from '../../train/config.js';
import { formatDuration } from '../../train/progress.js';
import { bestModelFolder } from '../../train/run-folder.js';
import { runTraining } from '../../train/run-training.js';
import { TrainingReporter } from '../training-reporter.js';
import { automaticConfig } from './automatic.js';
import type { TrainFlags } from './flags.js';
import { trainHead } from './head-only.js';

/** Trains, or goes on training, until it is done or interrupted. */
export async function train(argument: string | undefined, flags: TrainFlags): Promise<void> {
  if (flags.headOnly) return trainHead(argument ?? flags.config, flags);
  const { fresh } = flags;
  const config = await configOf(argument, flags);
  if (flags.plan) return;
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

const onlyAutomatic = ['from', 'images', 'budget', 'upright', 'gsd', 'plan', 'seed'] as const;

/** Of the file that is named, or made for the data. */
async function configOf(argument: string | undefined, flags: TrainFlags): Promise<TrainingConfig> {
  const path = argument ?? flags.config;
  if (argument !== undefined && flags.config !== undefined) {
    throw new UserError(`Two configurations are given, ${argument} and ${flags.config}: leave one out.`);
  }
  if (path !== undefined) {
    const foreign = onlyAutomatic.find((name) => flags[name] !== undefined);
    if (foreign)
      throw new UserError(`--${foreign} is for runs without a configuration: ${path} says it already.`);
    const { data, model, out, threads } = flags;
    return readTrainingConfig(path, { data, model, out, threads });
  }
  const { data } = flags;
  if (data === undefined) {
    throw new UserError(
      'give --data <folder or labels> to have everything chosen, or a configuration. See vil train --help',
    );
  }
  if (flags.model !== undefined) throw new UserError('--model is for runs with a configuration: say --from.');
  return automaticConfig({ ...flags, data }, (text) => process.stdout.write(text));
}

/** Of this process, on all its threads: on a machine that others use it says more than the clock. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function summarise(config: TrainingConfig, progress: Awaited<ReturnType<typeof runTraining>>): void {
  const best = progress.best!;
  const score = `${(100 * best.score).toFixed(2)} %`;
  process.stdout.write(
    `done in ${formatDuration(progress.seconds)} (processor time ${formatDuration(processorSeconds())}); best validation ${best.measure} ${score} after epoch ${best.epoch + 1}\n` +
      `model: ${config.out}/${bestModelFolder}\n`,
  );
}
