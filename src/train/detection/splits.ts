import { repeatFactors } from '../../../datasets/annotations/class-balance.js';
import type { OnProblem } from '../../../datasets/annotations/label-problems.js';
import { readAnnotations } from '../../../datasets/annotations/read-annotations.js';
import type { TrainingWindow } from '../../../datasets/annotations/windows.js';
import { labelsOf, trainingWindows } from '../../../datasets/annotations/windows.js';
import { divide, readSplitFile } from '../../../datasets/split-file.js';
import { UserError } from '../../base/errors.js';
import { permutation, randomStream, StreamPurpose } from '../../base/random.js';
import type { AnnotationSet } from '../../boxes/annotations.js';
import type { DetectionConfig } from './config.js';

/** A window this long has an image in it whole. */
const wholeImage = Number.MAX_SAFE_INTEGER;

/** The windows of a detection run. */
export interface DetectionSplits {
  readonly labels: readonly string[];
  /** Objects of each label in the images to train on. */
  readonly objects: readonly number[];
  readonly trainingImages: number;
  readonly validationImages: number;
  readonly training: readonly TrainingWindow[];
  /** How often an epoch shows each of these on average, at least 1. */
  readonly repeats: readonly number[];
  readonly validation: readonly TrainingWindow[];
  /** The training images as those of the validation are seen. */
  readonly plainTraining: readonly TrainingWindow[];
  /** What people should know about how the labels were taken. */
  readonly notes: readonly string[];
}

/**
 * Reads the labels, holds images back for validation, and cuts all into windows. Labels that no object has are left out.
 * @throws UserError when files are missing or wrong, or no object is left to learn from
 */
export async function readDetectionSplits(config: DetectionConfig): Promise<DetectionSplits> {
  const all = withUsedLabels(await readLabelled(config.data));
  const { training, validation } = await divided(all, config);
  const { window = wholeImage, overlap, keepEmpty } = config;
  const windows = trainingWindows(training, { width: window, height: window, overlap, keepEmpty });
  if (windows.length === 0) throw new UserError(`${config.data.labels} has no image to train on.`);
  return {
    labels: all.labels,
    objects: all.labels.map((_, label) => countOf(training, label)),
    trainingImages: training.images.length,
    validationImages: validation.images.length,
    training: windows,
    repeats: repeatFactors(windows.map(labelsOf), config.balance),
    validation: validationWindows(validation, config),
    plainTraining: validationWindows(training, config),
    notes: all.notes ?? [],
  };
}

/**
 * Reads labels; what is left out of them is counted in a note.
 * @param onProblem told of each as well
 */
export async function readLabelled(
  { labels, images, skipWrong }: DetectionConfig['data'],
  onProblem: OnProblem = () => undefined,
): Promise<AnnotationSet> {
  if (!skipWrong) return readAnnotations(labels, { images });
  const problems: string[] = [];
  const tell = (problem: string) => {
    problems.push(problem);
    onProblem(problem);
  };
  const set = await readAnnotations(labels, { images, onProblem: tell });
  if (problems.length === 0) return set;
  const note = `${problems.length} objects or images of ${labels} are wrong and left out, the first: ${problems[0]}`;
  return { ...set, notes: [...(set.notes ?? []), note] };
}

function countOf({ images }: AnnotationSet, label: number): number {
  return images.reduce(
    (sum, { objects }) => sum + objects.filter((object) => object.label === label).length,
    0,
  );
}

async function divided(all: AnnotationSet, config: DetectionConfig) {
  const { data, validation, split: file, validationShare, seed } = config;
  const other = validation && relabelled(await readLabelled(validation), all.labels);
  if (file === undefined)
    return other ? { training: all, validation: other } : heldOut(all, validationShare, seed);
  const images = other ? [...all.images, ...other.images] : all.images;
  const sides = divide(images, await readSplitFile(file), { file, data: data.labels });
  return {
    training: { labels: all.labels, images: sides.training },
    validation: { labels: all.labels, images: sides.validation },
  };
}

/** Images whole where the model sees them whole, else all of their pixels in pieces of the model's inputs. */
function validationWindows(set: AnnotationSet, { resize, imageSize }: DetectionConfig): TrainingWindow[] {
  const [height, width] = resize === 'stretch' ? [wholeImage, wholeImage] : imageSize;
  return trainingWindows(set, { width, height, overlap: 0 });
}

function withUsedLabels(set: AnnotationSet): AnnotationSet {
  const used = new Set(set.images.flatMap(({ objects }) => objects.map(({ label }) => label)));
  if (used.size === 0) throw new UserError('The labels have no objects to learn from.');
  return relabelled(
    set,
    set.labels.filter((_, label) => used.has(label)),
  );
}

/** The same images with labels numbered in another order; objects of other labels are left out. */
function relabelled({ labels, images, notes }: AnnotationSet, order: readonly string[]): AnnotationSet {
  const objectsOf = (image: AnnotationSet['images'][number]) =>
    image.objects.flatMap((object) => {
      const label = order.indexOf(labels[object.label]!);
      return label < 0 ? [] : [{ ...object, label }];
    });
  return { labels: order, notes, images: images.map((image) => ({ ...image, objects: objectsOf(image) })) };
}

/** Holds back a share of the images, drawn by the seed; at least one. */
export function heldOut({ labels, images }: AnnotationSet, share: number, seed: number) {
  const count = Math.max(1, Math.round(share * images.length));
  const order = permutation(randomStream(seed, StreamPurpose.order, -1), images.length);
  const chosen = new Set(order.subarray(0, count));
  return {
    training: { labels, images: images.filter((_, index) => !chosen.has(index)) },
    validation: { labels, images: images.filter((_, index) => chosen.has(index)) },
  };
}
