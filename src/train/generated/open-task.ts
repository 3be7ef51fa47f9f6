import { basename, join } from 'node:path';
import { tasksOf } from '../../../datasets/generated/generator.js';
import { logitLabels } from '../../../models/label-task.js';
import { blocksOfStage, createModel } from '../../../models/model-config.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { writeModelFolder } from '../../checkpoint/model-folder.js';
import type { NamedArrays } from '../../tensor/named-arrays.js';
import { generatedCard } from '../card.js';
import type { Progress } from '../checkpoint.js';
import type { GeneratedConfig } from '../config.js';
import { bestModelFolder } from '../run-folder.js';
import type { StartModel } from '../start-model.js';
import { startModel } from '../start-model.js';
import type { OpenTask } from '../task.js';
import { labelObjective } from './objective.js';
import { GeneratedTask } from './task.js';

/**
 * Fits the model that a run starts from to the questions about generated images.
 * @param note told the accuracy of each question after each validation
 */
export function openGenerated(
  config: GeneratedConfig,
  folder: ModelFolder,
  note: (line: string) => void,
): OpenTask {
  const { data, trainImages, validationImages } = config;
  const tasks = tasksOf(data);
  const start = startModel(folder, logitLabels(tasks), config);
  const model = createModel(start.config);
  const questions = tasks.map(({ name }) => name).join(', ');
  return {
    objective: labelObjective(model, tasks),
    stride: model.stride,
    stages: blocksOfStage(start.config),
    task: new GeneratedTask(config, folder.preprocessing, note),
    trainingImages: trainImages,
    summary: `${data.generator}, ${data.canvas} pixels: ${questions}; ${trainImages} images an epoch, ${validationImages} to validate`,
    weights: start.weights,
    origin: start.origin,
    keepBest: (weights, progress) => writeBest(config, folder, start, weights, progress),
  };
}

async function writeBest(
  config: GeneratedConfig,
  from: ModelFolder,
  start: StartModel,
  weights: NamedArrays,
  progress: Progress,
): Promise<void> {
  const tasks = tasksOf(config.data);
  const [height, width] = config.imageSize;
  // A model that saw every pixel takes other images at their own resolution too.
  const isWhole = height === config.data.canvas && width === config.data.canvas;
  const preprocessing = {
    ...from.preprocessing,
    imageSize: config.imageSize,
    resize: { mode: isWhole ? ('none' as const) : ('stretch' as const) },
  };
  const card = generatedCard(config, { title: basename(config.out), origin: start.origin, progress });
  const model = { config: start.config, preprocessing, labels: logitLabels(tasks), tasks, weights };
  await writeModelFolder(join(config.out, bestModelFolder), model, card, config.storage);
}
