import { basename, join, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import { loadModel } from '../../detect/load.js';
import { readSplits } from '../../train/classification/task.js';
import { readTrainingConfig } from '../../train/config.js';
import type { ProbeImages } from '../../train/linear-probe/probe-images.js';
import { readProbeImages } from '../../train/linear-probe/probe-images.js';
import { runLinearProbe } from '../../train/linear-probe/run-linear-probe.js';
import { formatDuration } from '../../train/progress.js';
import { bestModelFolder } from '../../train/run-folder.js';
import { endAsInterrupted, stopOnInterrupt } from '../interrupt.js';
import { ProgressLine, paceText } from '../progress-line.js';
import type { TrainFlags } from './flags.js';

/** Trains the classifier alone, on features of a model that stays as it is. */
export async function trainHead(path: string | undefined, flags: TrainFlags): Promise<void> {
  const { model, out, images } = await settingsOf(path, flags);
  const stop = stopOnInterrupt();
  const classifier = await loadModel(model, { threads: flags.threads });
  const line = new ProgressLine();
  const started = performance.now();
  try {
    const result = await runLinearProbe({
      model,
      out,
      images,
      classifier,
      signal: stop,
      progress: (done, total) =>
        line.show(paceText(done, total, 'image', (performance.now() - started) / 1000)),
      note: (text) => {
        line.clear();
        process.stderr.write(`${text}\n`);
      },
    });
    line.clear();
    process.stdout.write(
      `done in ${formatDuration(result.seconds)}; validation accuracy ${(100 * result.accuracy).toFixed(2)} % with penalty ${result.penalty}\n` +
        `model: ${join(out, bestModelFolder)}\n`,
    );
  } catch (error) {
    line.clear();
    if (!stop.aborted) throw error;
    process.stderr.write('Stopped; nothing was written.\n');
  } finally {
    if (stop.aborted) endAsInterrupted();
    await classifier.close();
  }
}

async function settingsOf(
  path: string | undefined,
  flags: TrainFlags,
): Promise<{ readonly model: string; readonly out: string; readonly images: ProbeImages }> {
  const { data, model, out, threads, from } = flags;
  if (path === undefined) {
    if (data === undefined || from === undefined) {
      throw new UserError(
        '--head-only needs --data <folder> and --from <model>, or a configuration of a classification.',
      );
    }
    return {
      model: from,
      out: out ?? join('runs', basename(resolve(data))),
      images: await readProbeImages(data),
    };
  }
  const config = await readTrainingConfig(path, { data, model, out, threads });
  if (config.task !== 'classification') {
    throw new UserError(`--head-only is for classification; ${path} is of the task ${config.task}.`);
  }
  const { training, validation } = await readSplits(config);
  const images = {
    classes: training.classes,
    training: training.images,
    validation: validation.images,
    note: 'as the configuration says',
  };
  return { model: config.model, out: config.out, images };
}
