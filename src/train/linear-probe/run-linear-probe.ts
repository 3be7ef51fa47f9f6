import { basename, join } from 'node:path';
import type { LabelledImage } from '../../../datasets/image-folder.js';
import { UserError } from '../../base/errors.js';
import { readModelFolder, writeModelFolder } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import type { ImageClassifier } from '../../classify/classifier.js';
import { argMax } from '../../evaluate/classification-scores.js';
import { bestModelFolder } from '../run-folder.js';
import type { LabelledVectors, LinearHead } from './logistic-regression.js';
import { fitLinearHead, scoreVectors } from './logistic-regression.js';
import type { ProbeImages } from './probe-images.js';

/** What a linear probe is trained with. */
export interface ProbeOptions {
  /** Name or folder of the model whose features are used. */
  readonly model: string;
  /** Folder to write the model to, as `best`. */
  readonly out: string;
  readonly images: ProbeImages;
  /** The model, loaded: it is used, and not closed. */
  readonly classifier: Pick<ImageClassifier, 'embed'>;
  readonly signal?: AbortSignal;
  /** Told after each image. */
  readonly progress?: (done: number, total: number) => void;
  readonly note: (line: string) => void;
}

/** How a linear probe did. */
export interface ProbeResult {
  /** Share of the validation images. */
  readonly accuracy: number;
  readonly penalty: number;
  readonly seconds: number;
}

/** Strengths of the penalty that are tried; the one that does best on the validation images is kept. */
const penalties = [1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * Trains a linear classifier on what a model knows of images; the model itself stays as it is. Each image is seen once, as the
 * model's folder says, without augmentation.
 *
 * Writes the model with its new classifier as a model folder.
 * @throws UserError when no image can be read, or the folder cannot be written; the signal's reason when it aborts
 */
export async function runLinearProbe(options: ProbeOptions): Promise<ProbeResult> {
  const started = performance.now();
  const { images, note } = options;
  const { classes } = images;
  note(
    `${classes.length} classes, ${images.training.length} images to train on, ${images.validation.length} to validate (${images.note})`,
  );
  const [training, validation] = await embedBoth(options);
  const results = penalties.map((penalty) => {
    const head = fitLinearHead(training, classes.length, penalty);
    return { penalty, head, accuracy: accuracyOf(head, validation) };
  });
  // Of equals the strongest, which leans least on single images.
  const best = results.reduce((a, b) => (b.accuracy >= a.accuracy ? b : a));
  const seconds = (performance.now() - started) / 1000;
  const { penalty, accuracy } = best;
  await writeProbe(options, best.head, { accuracy, penalty, seconds });
  return { accuracy, penalty, seconds };
}

async function embedBoth(options: ProbeOptions): Promise<[LabelledVectors, LabelledVectors]> {
  const { training, validation } = options.images;
  const total = training.length + validation.length;
  let done = 0;
  const embedAll = async (images: readonly LabelledImage[]): Promise<LabelledVectors> => {
    const rows: Float32Array[] = [];
    const labels: number[] = [];
    for (const { path, label } of images) {
      options.signal?.throwIfAborted();
      try {
        rows.push((await options.classifier.embed(path, { signal: options.signal })).features);
        labels.push(label);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        options.note(`left out: ${error.message}`);
      }
      options.progress?.(++done, total);
    }
    const width = rows[0]?.length;
    if (width === undefined) throw new UserError('None of the images can be read.');
    const vectors = new Float32Array(rows.length * width);
    for (const [index, row] of rows.entries()) vectors.set(row, index * width);
    return { vectors, width, labels };
  };
  return [await embedAll(training), await embedAll(validation)];
}

function accuracyOf(head: LinearHead, { vectors, labels }: LabelledVectors): number {
  const classes = head.bias.length;
  const scores = scoreVectors(vectors, head);
  const correct = labels.filter((label, row) => {
    return argMax(scores.subarray(row * classes, (row + 1) * classes)) === label;
  });
  return correct.length / labels.length;
}

async function writeProbe(
  { model, out, images }: ProbeOptions,
  { weight, bias }: LinearHead,
  { accuracy, penalty, seconds }: ProbeResult,
): Promise<void> {
  const folder = await readModelFolder(resolveModel(model));
  const { config, weights, preprocessing, gsd } = folder;
  const { classes } = images;
  if (config.type === 'detector')
    throw new UserError(`${model} is a detector, which has no features to classify by.`);
  const head = {
    'head.weight': { shape: [classes.length, weight.length / classes.length], data: weight },
    'head.bias': { shape: [classes.length], data: bias },
  };
  const probe = {
    config: { ...config, classes: classes.length },
    weights: { ...weights, ...head },
    labels: classes,
    preprocessing,
    gsd,
  };
  const card = `# ${basename(out)}

Image classifier, ${classes.length} classes: ${classes.join(', ')}.

- A linear classifier on the features of ${model}, which was not trained itself, fitted to ${images.training.length} images in
  ${seconds.toFixed(0)} s; penalty ${penalty}.
- Accuracy: ${(100 * accuracy).toFixed(2)} % of ${images.validation.length} validation images. The penalty was chosen on these
  images: measure on others before you quote a figure.

To be completed: where the images come from and their licence, what the model is for, and where it fails.
`;
  await writeModelFolder(join(out, bestModelFolder), probe, card);
}
