import { detectorModel } from '../../../models/detector.js';
import { blocksOfStage } from '../../../models/model-config.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { keepBestIn } from '../keep-best.js';
import type { OpenTask } from '../task.js';
import { detectorCardStub, whatOf } from './card.js';
import type { DetectionConfig } from './config.js';
import { learnedGsd } from './learned-gsd.js';
import { detectionObjective } from './objective.js';
import { turnsPerEpoch } from './order.js';
import { readDetectionSplits } from './splits.js';
import { startDetector } from './start-detector.js';
import { DetectionTask } from './task.js';

/** Reads the data of a detection run and fits the detector it starts from to them. */
export async function openDetection(
  config: DetectionConfig,
  folder: ModelFolder,
  note: (line: string) => void,
): Promise<OpenTask> {
  const splits = await readDetectionSplits(config);
  for (const line of splits.notes) note(line);
  const start = startDetector(folder, splits.labels, config);
  const model = detectorModel(start.config);
  const { trainingImages, validationImages, training, repeats, validation, labels } = splits;
  const turns = turnsPerEpoch(repeats);
  const paths = training.map(({ image }) => image.path);
  const gsd = await learnedGsd(config, paths, note);
  const shown = turns === training.length ? '' : `, ${turns} shown an epoch,`;
  return {
    objective: detectionObjective(model, ...config.imageSize),
    stride: model.stride,
    stages: blocksOfStage(start.config),
    task: new DetectionTask(config, splits, start.config, folder.preprocessing, note),
    trainingImages: turns,
    validationInputs: validation.length,
    summary:
      `${labels.length} classes, ${training.length} windows of ${trainingImages} images${shown} to train on, ` +
      `${validation.length} of ${validationImages} to validate`,
    weights: start.weights,
    origin: start.origin,
    keepBest: keepBestIn(config, folder, {
      config: start.config,
      preprocessing: { interpolation: 'bicubic', resize: { mode: config.resize } },
      labels,
      gsd,
      chosenOn: `${whatOf(config)} ${validationImages} images held out of training`,
      card: (title, progress) => {
        const { origin } = start;
        const images = { trainingImages, validationImages };
        return detectorCardStub(config, {
          ...{ title, origin, classes: labels, objects: splits.objects },
          ...images,
          progress,
          gsd,
        });
      },
    }),
  };
}
