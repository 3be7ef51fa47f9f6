import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BatchSource } from '../../datasets/batches.js';
import { UnreadableImages } from '../../datasets/batches.js';
import type { ImageFolder } from '../../datasets/image-folder.js';
import { readImageFolder } from '../../datasets/image-folder.js';
import type { SampleRecipe } from '../../datasets/sample.js';
import { SamplePool } from '../../datasets/sample-pool.js';
import { blocksOfStage } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { readModelFolder, writeModelFolder } from '../checkpoint/model-folder.js';
import type { NamedArrays } from '../checkpoint/named-arrays.js';
import { resolveModel } from '../checkpoint/resolve-model.js';
import { cardStub } from './card.js';
import type { Progress } from './checkpoint.js';
import { checkpointPath, loadCheckpoint, startOfRun } from './checkpoint.js';
import type { TrainingConfig } from './config.js';
import { initialState } from './engine.js';
import type { Reporter } from './loop.js';
import { train } from './loop.js';
import { metricsFile, rewindMetrics } from './metrics-log.js';
import { openEngine } from './open-engine.js';
import { planTraining } from './plan.js';
import { formatDuration } from './progress.js';
import { recipesOf } from './recipes.js';
import type { StartModel } from './start-model.js';
import { startModel } from './start-model.js';

export interface RunOptions {
  /** Start over even if the output folder has a checkpoint. */
  readonly fresh?: boolean;
  /** Aborted: the run saves its state and returns. */
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}

/** Name of the folder in the output folder that the best model so far is written to. */
export const bestModelFolder = 'best';

interface Splits {
  readonly training: ImageFolder;
  readonly validation: ImageFolder;
}

async function readSplits(config: TrainingConfig): Promise<Splits> {
  const training = await readImageFolder(join(config.data, config.trainSplit));
  const validation = await readImageFolder(join(config.data, config.validationSplit), training.classes);
  return { training, validation };
}

/**
 * Trains a model as a configuration says, from its checkpoint on if the output folder has one.
 *
 * Writes into the output folder: `checkpoint.safetensors`, `metrics.jsonl`, `curves.svg` and `.png`, and the weights
 * that did best on the validation split as a model folder, `best`.
 *
 * @returns how far the run is: at its end, or where the signal stopped it
 * @throws UserError when data, model or checkpoint do not fit the configuration
 */
export async function runTraining(config: TrainingConfig, options: RunOptions): Promise<Progress> {
  const { signal, reporter } = options;
  const splits = await readSplits(config);
  const plan = planTraining(config, splits.training.images.length);
  const folder = await readModelFolder(resolveModel(config.model));
  const start = startModel(folder, splits.training.classes, config);
  await mkdir(config.out, { recursive: true });
  if (options.fresh) await removeRun(config.out);
  const saved = await loadCheckpoint(config.out, config);
  await rewindMetrics(join(config.out, metricsFile), saved?.progress.step ?? 0);
  describeStart(reporter, splits, start, saved?.progress);
  const state = saved?.state ?? initialState(start.weights, config.optimiser.averageDecay > 0);
  const engine = await openEngine(config, start.config, state);
  const pool = new SamplePool(config.loaderThreads);
  const recipes = recipesOf(config, folder.preprocessing);
  try {
    return await train({
      ...{ config, plan, engine, signal, reporter },
      training: source(splits.training, recipes.training, config, pool, reporter),
      validation: source(splits.validation, recipes.validation, config, pool, reporter),
      blocks: blocksOfStage(start.config).reduce((sum, blocks) => sum + blocks, 0),
      start: saved?.progress ?? startOfRun,
      keepBest: (weights, progress) => writeBest(config, folder, start, splits, weights, progress),
    });
  } finally {
    await Promise.all([pool.close(), engine.close()]);
  }
}

async function removeRun(out: string): Promise<void> {
  for (const path of [checkpointPath(out), join(out, metricsFile)]) await rm(path, { force: true });
}

function describeStart(
  reporter: Reporter,
  { training, validation }: Splits,
  start: StartModel,
  saved: Progress | undefined,
): void {
  const counts = `${training.images.length} images to train on, ${validation.images.length} to validate`;
  reporter.note(`${training.classes.length} classes, ${counts}`);
  if (saved) {
    reporter.note(
      `continuing after step ${saved.step} (${formatDuration(saved.seconds)} of training so far)`,
    );
  } else {
    reporter.note(`starting from ${start.origin}`);
  }
}

function source(
  folder: ImageFolder,
  recipe: SampleRecipe,
  config: TrainingConfig,
  pool: SamplePool,
  reporter: Reporter,
): BatchSource {
  const unreadable = new UnreadableImages(folder.images.length, (message) => reporter.note(message));
  return { folder, pool, recipe, unreadable, batchSize: config.batchSize, seed: config.seed };
}

async function writeBest(
  config: TrainingConfig,
  from: ModelFolder,
  start: StartModel,
  { training, validation }: Splits,
  weights: NamedArrays,
  progress: Progress,
): Promise<void> {
  const card = cardStub(config, {
    title: basename(config.out),
    origin: start.origin,
    classes: training.classes,
    trainingImages: training.images.length,
    validationImages: validation.images.length,
    progress,
  });
  const preprocessing = {
    ...from.preprocessing,
    imageSize: config.imageSize,
    resize: { mode: config.resize },
  };
  const model = { config: start.config, preprocessing, labels: training.classes, weights };
  await writeModelFolder(join(config.out, bestModelFolder), model, card, config.storage);
}
