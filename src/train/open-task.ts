import { blocksOfStage, createModel } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { cardStub } from './card.js';
import { classificationObjective } from './classification/objective.js';
import { ClassificationTask, readSplits } from './classification/task.js';
import type { ClassificationConfig, TrainingConfig } from './config.js';
import { openDetection } from './detection/open-task.js';
import { openGenerated } from './generated/open-task.js';
import { keepBestIn } from './keep-best.js';
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
    validationInputs: splits.validation.images.length,
    summary: `${classes.length} classes, ${counts}`,
    weights: start.weights,
    origin: start.origin,
    keepBest: keepBestIn(config, folder, {
      config: start.config,
      preprocessing: { resize: { mode: config.resize } },
      labels: classes,
      card: (title, progress) =>
        cardStub(config, {
          title,
          origin: start.origin,
          classes,
          trainingImages: images.length,
          validationImages: splits.validation.images.length,
          progress,
        }),
    }),
  };
}
