import { initialWeights } from '../../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../../models/model-config.js';
import { writeModelFolder } from '../../../src/checkpoint/model-folder.js';
import { centreCrop } from '../../../src/image/preprocessing.js';
import type { Progress } from '../../../src/train/checkpoint.js';
import { trainingConfigSchema } from '../../../src/train/config.js';
import { runTraining } from '../../../src/train/run-training.js';

/** Writes a classifier of one small block, to put a detector on. @param path of its folder */
export async function writeTinyBackbone(path: string): Promise<void> {
  const config = modelConfigSchema.parse({
    type: 'vil',
    arch: 'l1,h2,d32,n1,s1,g1,p8,f3,a1',
    classes: 2,
    imageSize: [48, 48],
    normEmbed: false,
    positionTable: 'repeated',
  });
  const weights = initialWeights(createModel(config), 1);
  const folder = { config, weights, labels: ['a', 'b'], preprocessing: centreCrop([48, 48], 1, 'half') };
  await writeModelFolder(path, folder, 'A test model.');
}

/** Trains a small detector on inputs of 96 x 192 pixels for some seconds. @param settings at least model, data and out */
export function trainTinyDetector(settings: object): Promise<Progress> {
  const config = trainingConfigSchema.parse({
    task: 'detection',
    weights: 'random',
    head: { strides: [4, 8, 16], channels: 32, convolutions: 1 },
    window: 192,
    imageSize: [96, 192],
    augment: { horizontalFlip: false, verticalFlip: false, rotations: false, scale: [1, 1] },
    batchSize: 4,
    epochs: 9,
    optimiser: { learningRate: 0.008, warmupEpochs: 1 },
    threads: 1,
    seed: 1,
    ...settings,
  });
  const reporter = { note: () => undefined, step: () => undefined };
  return runTraining(config, { signal: new AbortController().signal, reporter });
}
