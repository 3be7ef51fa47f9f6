import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UnreadableImages } from '../../datasets/batches.js';
import { readImageFolder } from '../../datasets/image-folder.js';
import { createModel } from '../../models/model-config.js';
import { thisMachine } from '../../src/benchmark/machine.js';
import { readModelFolder } from '../../src/checkpoint/model-folder.js';
import { loadModel } from '../../src/detect/load.js';
import { evaluateClassifier } from '../../src/evaluate/evaluate-classifier.js';
import { readHeader } from '../../src/image/header.js';
import { elementCount } from '../../src/tensor/named-arrays.js';
import type { Progress } from '../../src/train/checkpoint.js';
import type { ClassificationConfig } from '../../src/train/config.js';
import type { Reporter } from '../../src/train/loop.js';
import { bestModelFolder } from '../../src/train/run-folder.js';
import { runTraining } from '../../src/train/run-training.js';
import { type PhotographResult, photographResultSchema } from './photograph-result.js';

export interface PhotographOptions {
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
  readonly testSplit?: string;
}

/**
 * Fine-tunes a model on an image folder and scores the epoch that did best on the validation split once on
 * the test split. A run that was interrupted goes on; one that is finished is not repeated.
 *
 * @param name of the training configuration
 * @returns the result, also written to `result.json` in the run's folder
 * @throws UserError when data, model or checkpoint do not fit; the signal's reason when it aborts
 */
export async function trainOnPhotographs(
  name: string,
  config: ClassificationConfig,
  { signal, reporter, testSplit = 'test' }: PhotographOptions,
): Promise<PhotographResult> {
  const path = join(config.out, 'result.json');
  if (existsSync(path)) return photographResultSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  reporter.note(name);
  const progress = await runTraining(config, { signal, reporter });
  signal.throwIfAborted();
  const result = await scored(name, config, progress, { signal, testSplit });
  await mkdir(config.out, { recursive: true });
  await writeFile(path, `${JSON.stringify(result, undefined, 2)}\n`);
  reporter.note(`test accuracy ${result.test.accuracy} of ${result.test.images} photographs`);
  return result;
}

async function scored(
  name: string,
  {
    data,
    trainSplit,
    validationSplit,
    out,
    threads,
    imageSize: [, inputSize],
    epochs,
    seed,
  }: ClassificationConfig,
  { best, seconds }: Progress,
  { signal, testSplit }: { readonly signal: AbortSignal; readonly testSplit: string },
): Promise<PhotographResult> {
  const path = join(out, bestModelFolder);
  const { config, labels } = await readModelFolder(path);
  const [train, validation, test] = await Promise.all(
    [trainSplit, validationSplit, testSplit].map((split) => readImageFolder(join(data, split), labels)),
  );
  const classifier = await loadModel(path, { threads });
  const unreadable = new UnreadableImages(test!.images.length, () => undefined);
  const scores = await evaluateClassifier(classifier, test!, { unreadable, signal }).finally(() =>
    classifier.close(),
  );
  const shapes = Object.values(createModel(config).parameterShapes);
  const { width: imageSize } = await readHeader(test!.images[0]!.path);
  return {
    name,
    data: basename(resolve(data)),
    title: titleOf(config.type, inputSize, imageSize),
    model: config.type,
    parameters: shapes.reduce((sum, shape) => sum + elementCount(shape), 0),
    imageSize,
    inputSize,
    epochs,
    trainImages: epochs * train!.images.length,
    seconds,
    seed,
    validation: { accuracy: best!.score, images: validation!.images.length },
    test: { accuracy: scores.accuracy, images: scores.images },
    machine: { ...thisMachine() },
  };
}

function titleOf(type: string, inputSize: number, imageSize: number): string {
  const model = type === 'vil' ? 'ViL' : 'ViT';
  return inputSize < imageSize ? `${model}, shrunk to ${inputSize}` : `${model}, full resolution`;
}
