import { tasksOf } from '../../../datasets/generated/generator.js';
import { logitLabels } from '../../../models/label-task.js';
import { blocksOfStage, createModel } from '../../../models/model-config.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { generatedCard } from '../card.js';
import type { GeneratedConfig } from '../config.js';
import { keepBestIn } from '../keep-best.js';
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
  // A model that saw every pixel takes other images at their own resolution too.
  const isWhole = config.imageSize.every((side) => side === data.canvas);
  const questions = tasks.map(({ name }) => name).join(', ');
  return {
    objective: labelObjective(model, tasks),
    stride: model.stride,
    stages: blocksOfStage(start.config),
    task: new GeneratedTask(config, folder.preprocessing, note),
    trainingImages: trainImages,
    validationInputs: validationImages,
    summary: `${data.generator}, ${data.canvas} pixels: ${questions}; ${trainImages} images an epoch, ${validationImages} to validate`,
    weights: start.weights,
    origin: start.origin,
    keepBest: keepBestIn(config, folder, {
      config: start.config,
      preprocessing: { resize: { mode: isWhole ? 'none' : 'stretch' } },
      labels: logitLabels(tasks),
      tasks,
      card: (title, progress) => generatedCard(config, { title, origin: start.origin, progress }),
    }),
  };
}
