import { basename, join } from 'node:path';
import { blocksOfStage, createModel } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { writeModelFolder } from '../checkpoint/model-folder.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { cardStub } from './card.js';
import type { Progress } from './checkpoint.js';
import { classificationObjective } from './classification/objective.js';
import type { ClassificationSplits } from './classification/task.js';
import { ClassificationTask, readSplits } from './classification/task.js';
import type { ClassificationConfig, TrainingConfig } from './config.js';
import { openDetection } from './detection/open-task.js';
import { openGenerated } from './generated/open-task.js';
import { bestModelFolder } from './run-folder.js';
import type { StartModel } from './start-model.js';
import { startModel } from './start-model.js';
import type { OpenTask } from './task.js';

/**
 * Reads the data of a run and fits the model it starts from to them.
 * @param note told about what goes wrong without ending the run
 * @throws UserError when data and configuration do not fit
 */
export async function openTask(
  config: TrainingConfig,
  folder: ModelFolder,
  note: (line: string) => void,
): Promise<OpenTask> {
  if (config.task === 'detection') return openDetection(config, folder, note);
  return config.task === 'generated'
    ? openGenerated(config, folder, note)
    : openClassification(config, folder, note);
}

async function openClassification(
  config: ClassificationConfig,
  folder: ModelFolder,
  note: (line: string) => void,
): Promise<OpenTask> {
  const splits = await readSplits(config);
  const { classes, images } = splits.training;
  const start = startModel(folder, classes, config);
  const model = createModel(start.config);
  const counts = `${images.length} images to train on, ${splits.validation.images.length} to validate`;
  return {
    objective: classificationObjective(model, classes.length),
    stride: model.stride,
    stages: blocksOfStage(start.config),
    task: new ClassificationTask(config, splits, folder.preprocessing, note),
    trainingImages: images.length,
    summary: `${classes.length} classes, ${counts}`,
    weights: start.weights,
    origin: start.origin,
    keepBest: (weights, progress) => writeBest(config, folder, start, splits, weights, progress),
  };
}

async function writeBest(
  config: ClassificationConfig,
  from: ModelFolder,
  start: StartModel,
  { training, validation }: ClassificationSplits,
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
