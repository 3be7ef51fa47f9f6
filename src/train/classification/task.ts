import { join, relative } from 'node:path';
import { applyMixing, drawMixing } from '../../../datasets/augment/mixing.js';
import type { BatchSource, ImageBatch } from '../../../datasets/batches.js';
import { trainingBatches, UnreadableImages } from '../../../datasets/batches.js';
import type { ImageFolder } from '../../../datasets/image-folder.js';
import { readImageFolder } from '../../../datasets/image-folder.js';
import type { SampleRecipe } from '../../../datasets/sample.js';
import { SamplePool } from '../../../datasets/sample-pool.js';
import { divide, readSplitFile } from '../../../datasets/split-file.js';
import { UserError } from '../../base/errors.js';
import { randomStream, StreamPurpose } from '../../base/random.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import type { ClassifiedImage } from '../../report/classification-report.js';
import { classificationReport } from '../../report/classification-report.js';
import { filePixels } from '../../report/file-pixels.js';
import type { Suspects } from '../../report/suspects.js';
import { suspectImages } from '../../report/suspects.js';
import type { ClassificationConfig } from '../config.js';
import type { Predict } from '../engines/engine.js';
import { smoothedTargets } from '../loss.js';
import { planTraining } from '../plan.js';
import { evenly, mostSuspects, secondsForSuspects } from '../suspects.js';
import type { ReportContext, RunReport, TaskBatch, TrainingTask, ValidationScores } from '../task.js';
import { recipesOf } from './recipes.js';
import { scoreSplit } from './score-split.js';

/** The images of a classification run. */
export interface ClassificationSplits {
  readonly training: ImageFolder;
  readonly validation: ImageFolder;
}

/** @throws UserError when a split is missing, has an empty class, or classes that the other does not have */
export async function readSplits(config: ClassificationConfig): Promise<ClassificationSplits> {
  if (config.split !== undefined) return readDivided(config, config.split);
  const training = await readImageFolder(join(config.data, config.trainSplit));
  const validation = await readImageFolder(join(config.data, config.validationSplit), training.classes);
  return { training, validation };
}

/** The images of both splits, or of the only one, divided as a file says. */
async function readDivided(config: ClassificationConfig, file: string): Promise<ClassificationSplits> {
  const folder = join(config.data, config.trainSplit);
  const own = await readImageFolder(folder);
  const other = join(config.data, config.validationSplit);
  const isApart = config.validationSplit !== config.trainSplit;
  const more = isApart ? (await readImageFolder(other, own.classes)).images : [];
  const split = await readSplitFile(file);
  const sides = divide([...own.images, ...more], split, { file, data: config.data });
  if (sides.validation.length === 0) throw new UserError(`${file} has no image to validate on.`);
  const of = (images: ImageFolder['images']) => ({ folder, classes: own.classes, images });
  return { training: of(sides.training), validation: of(sides.validation) };
}

/** Learns the classes of the images of an image folder. */
export class ClassificationTask implements TrainingTask {
  readonly measure = 'accuracy';
  readonly #config: ClassificationConfig;
  readonly #pool: SamplePool;
  readonly #training: BatchSource;
  readonly #validation: BatchSource;
  readonly #batchesPerEpoch: number;
  #validated: readonly ClassifiedImage[] = [];

  /**
   * @param preprocessing of the model that the run starts from; gives the normalisation
   * @param note told about images that cannot be read
   */
  constructor(
    config: ClassificationConfig,
    { training, validation }: ClassificationSplits,
    preprocessing: Preprocessing,
    note: (line: string) => void,
  ) {
    this.#config = config;
    this.#pool = new SamplePool(config.loaderThreads);
    const recipes = recipesOf(config, preprocessing);
    this.#training = this.#source(training, recipes.training, note);
    this.#validation = this.#source(validation, recipes.validation, note);
    this.#batchesPerEpoch = planTraining(config, training.images.length).stepsPerEpoch * config.accumulation;
  }

  async *batches(epoch: number, from: number, to: number): AsyncGenerator<TaskBatch> {
    let index = epoch * this.#batchesPerEpoch + from;
    for await (const images of trainingBatches(this.#training, epoch, from, to)) {
      yield mixedBatch(images, this.#config, this.#training.folder.classes.length, index++);
    }
  }

  async validate(predict: Predict): Promise<ValidationScores> {
    const { images, scores } = await this.#classify(this.#validation, predict);
    this.#validated = images;
    return { score: scores.accuracy, loss: scores.loss };
  }

  async report({ title, facts, charts, predict }: ReportContext): Promise<RunReport> {
    const labels = this.#training.folder.classes;
    const suspects = predict && (await this.#suspects(predict));
    const more = suspects ? [suspects.section] : [];
    const page = await classificationReport({ title, facts, charts, labels, images: this.#validated, more });
    return { page, suspects: suspects?.count };
  }

  async #suspects(predict: Predict): Promise<Suspects> {
    const { folder } = this.#training;
    const recipe = this.#validation.recipe;
    const until = performance.now() + 1000 * secondsForSuspects;
    const total = folder.images.length;
    const images = evenly(folder.images, mostSuspects);
    const source = { ...this.#training, recipe, folder: { ...folder, images } };
    const { images: answers } = await this.#classify(source, predict, until);
    return suspectImages(answers, folder.classes, total);
  }

  async #classify(source: BatchSource, predict: Predict, until = Number.POSITIVE_INFINITY) {
    const images: ClassifiedImage[] = [];
    const classes = source.folder.classes.length;
    const scores = await scoreSplit(source, predict, (batch, logits) => {
      for (const [row, { path, label }] of batch.images.entries()) {
        const own = softmax(logits.subarray(row * classes, (row + 1) * classes));
        images.push({
          name: relative(this.#config.data, path),
          label,
          scores: own,
          pixels: () => filePixels(path),
        });
      }
      return performance.now() < until;
    });
    return { images, scores };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  #source(folder: ImageFolder, recipe: SampleRecipe, note: (line: string) => void): BatchSource {
    const { batchSize, seed } = this.#config;
    const unreadable = new UnreadableImages(folder.images.length, note);
    return { folder, pool: this.#pool, recipe, unreadable, batchSize, seed };
  }
}

function softmax(logits: Float32Array): Float32Array {
  const highest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = logits.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Soft targets, and mixup or cutmix where the run has them. `index` counts the batches of the whole run. */
function mixedBatch(
  images: ImageBatch,
  config: ClassificationConfig,
  classes: number,
  index: number,
): TaskBatch {
  const { accumulation, seed, labelSmoothing } = config;
  const random = randomStream(
    seed,
    StreamPurpose.mix,
    Math.floor(index / accumulation),
    index % accumulation,
  );
  const [height, width] = config.imageSize;
  const { mixup, cutmix, mixProbability: probability } = config.augment;
  const mixing = drawMixing(random, { mixup, cutmix, probability }, width, height);
  const target = smoothedTargets(images.labels, classes, labelSmoothing);
  const mixed = applyMixing({ size: images.size, width, height, image: images.image, target }, mixing);
  return { size: images.size, image: mixed.image, targets: { target: mixed.target } };
}
