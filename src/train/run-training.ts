import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../base/lock-folder.js';
import { requirePath } from '../base/require-path.js';
import { readModelFolder } from '../checkpoint/model-folder.js';
import { resolveModel } from '../checkpoint/resolve-model.js';
import type { Progress } from './checkpoint.js';
import { checkpointPath, loadCheckpoint, startOfRun } from './checkpoint.js';
import type { TrainingConfig } from './config.js';
import { initialState } from './engines/engine.js';
import { openEngine, totalBlocks } from './engines/open-engine.js';
import type { Reporter } from './loop.js';
import { train } from './loop.js';
import { metricsFile, rewindMetrics } from './metrics-log.js';
import { openTask } from './open-task.js';
import { planTraining } from './plan.js';
import { formatDuration } from './progress.js';
import type { OpenTask } from './task.js';

export interface RunOptions {
  /** Start over even if the output folder has a checkpoint. */
  readonly fresh?: boolean;
  /** Aborted: the run saves its state and returns. */
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}

/**
 * Trains a model as a configuration says, from its checkpoint on if the output folder has one.
 *
 * Writes into the output folder: `checkpoint.safetensors`, `metrics.jsonl`, `curves.svg` and `.png`, and the weights
 * that did best on the validation split as a model folder, `best`.
 *
 * @returns how far the run is: at its end, or where the signal stopped it
 * @throws UserError when data, model or checkpoint do not fit the configuration, or another run uses the folder
 */
export async function runTraining(config: TrainingConfig, options: RunOptions): Promise<Progress> {
  for (const path of dataPaths(config)) await requirePath(path);
  const lock = await lockFolder(config.out, 'Wait until it is done, or choose another folder with --out.');
  try {
    const signal = AbortSignal.any([options.signal, lock.lost]);
    const progress = await runLocked(config, { ...options, signal });
    lock.lost.throwIfAborted();
    return progress;
  } finally {
    await lock.release();
  }
}

/** Files and folders that a run reads its images and labels from. */
function dataPaths(config: TrainingConfig): string[] {
  if (config.task === 'generated') return [];
  if (config.task === 'classification') {
    return [config.trainSplit, config.validationSplit].map((split) => join(config.data, split));
  }
  return [config.data, config.validation].flatMap((labelled) =>
    labelled ? [labelled.labels, labelled.images ?? []].flat() : [],
  );
}

async function runLocked(config: TrainingConfig, options: RunOptions): Promise<Progress> {
  const folder = await readModelFolder(resolveModel(config.model));
  const open = await openTask(config, folder, (line) => options.reporter.note(line));
  try {
    return await runTask(config, open, options);
  } finally {
    await open.task.close();
  }
}

async function runTask(config: TrainingConfig, open: OpenTask, options: RunOptions): Promise<Progress> {
  const { signal, reporter } = options;
  const { task, keepBest } = open;
  const plan = planTraining(config, open.trainingImages);
  await mkdir(config.out, { recursive: true });
  if (options.fresh) await removeRun(config.out);
  const saved = await loadCheckpoint(config.out, config);
  const { step, validated } = saved?.progress ?? startOfRun;
  await rewindMetrics(join(config.out, metricsFile), step, validated);
  describeStart(reporter, open, saved?.progress);
  const state = saved?.state ?? initialState(open.weights, config.optimiser.averageDecay > 0);
  const engine = await openEngine(config, open, state);
  try {
    const blocks = totalBlocks(open.stages);
    const start = saved?.progress ?? startOfRun;
    return await train({ config, plan, engine, task, blocks, start, signal, reporter, keepBest });
  } finally {
    await engine.close();
  }
}

async function removeRun(out: string): Promise<void> {
  for (const path of [checkpointPath(out), join(out, metricsFile)]) await rm(path, { force: true });
}

function describeStart(reporter: Reporter, open: OpenTask, saved: Progress | undefined): void {
  reporter.note(open.summary);
  if (saved) {
    reporter.note(
      `continuing after step ${saved.step} (${formatDuration(saved.seconds)} of training so far)`,
    );
  } else {
    reporter.note(`starting from ${open.origin}`);
  }
}
