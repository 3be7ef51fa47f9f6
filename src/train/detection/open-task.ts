import { basename, join } from 'node:path';
import { detectorModel } from '../../../models/detector.js';
import { blocksOfStage } from '../../../models/model-config.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { writeModelFolder } from '../../checkpoint/model-folder.js';
import type { NamedArrays } from '../../tensor/named-arrays.js';
import type { Progress } from '../checkpoint.js';
import { bestModelFolder } from '../run-folder.js';
import type { OpenTask } from '../task.js';
import { detectorCardStub } from './card.js';
import type { DetectionConfig } from './config.js';
import { detectionObjective } from './objective.js';
import { turnsPerEpoch } from './order.js';
import type { DetectionSplits } from './splits.js';
import { readDetectionSplits } from './splits.js';
import type { StartDetector } from './start-detector.js';
import { startDetector } from './start-detector.js';
import { DetectionTask } from './task.js';

/** Reads the data of a detection run and fits the detector it starts from to them. */
export async function openDetection(
  config: DetectionConfig,
  folder: ModelFolder,
  note: (line: string) => void,
): Promise<OpenTask> {
  const splits = await readDetectionSplits(config);
  const start = startDetector(folder, splits.labels, config);
  const model = detectorModel(start.config);
  const { trainingImages, validationImages, training, repeats, validation, labels } = splits;
  const turns = turnsPerEpoch(repeats);
  const shown = turns === training.length ? '' : `, ${turns} shown an epoch,`;
  return {
    objective: detectionObjective(model, ...config.imageSize),
    stride: model.stride,
    stages: blocksOfStage(start.config),
    task: new DetectionTask(config, splits, start.config, folder.preprocessing, note),
    trainingImages: turns,
    summary:
      `${labels.length} classes, ${training.length} windows of ${trainingImages} images${shown} to train on, ` +
      `${validation.length} of ${validationImages} to validate`,
    weights: start.weights,
    origin: start.origin,
    keepBest: (weights, progress) => writeBest(config, folder, start, splits, weights, progress),
  };
}

async function writeBest(
  config: DetectionConfig,
  from: ModelFolder,
  start: StartDetector,
  { labels, trainingImages, validationImages }: DetectionSplits,
  weights: NamedArrays,
  progress: Progress,
): Promise<void> {
  const title = basename(config.out);
  const facts = { title, origin: start.origin, classes: labels, trainingImages, validationImages, progress };
  const preprocessing = {
    ...from.preprocessing,
    imageSize: config.imageSize,
    interpolation: 'bicubic' as const,
    resize: { mode: config.resize },
  };
  const model = { config: start.config, preprocessing, labels, weights };
  const out = join(config.out, bestModelFolder);
  await writeModelFolder(out, model, detectorCardStub(config, facts), config.storage);
}
