import { UserError } from '../src/base/errors.js';
import { permutation, randomStream, StreamPurpose } from '../src/base/random.js';
import type { ImageFolder, LabelledImage } from './image-folder.js';
import type { SampleRecipe } from './sample.js';
import type { SamplePool } from './sample-pool.js';

/** Images of one batch with their labels. */
export interface ImageBatch {
  readonly size: number;
  /** [size, 3, height, width], normalised. */
  readonly image: Float32Array;
  readonly labels: Uint32Array;
}

/** A larger share of unreadable images stops a run: then the data set is at fault, not single files. */
const unreadableLimit = 0.01;

/** Remembers files that do not decode and refuses to go on when they are too many. */
export class UnreadableImages {
  readonly #total: number;
  readonly #warn: (message: string) => void;
  readonly paths = new Set<string>();

  constructor(total: number, warn: (message: string) => void) {
    this.#total = total;
    this.#warn = warn;
  }

  /** @throws UserError when more than 1 % of the images, and more than one, could not be read */
  add(path: string, reason: string): void {
    if (this.paths.has(path)) return;
    this.paths.add(path);
    this.#warn(`Skipped an image. ${reason}`);
    if (this.paths.size > Math.max(1, unreadableLimit * this.#total)) {
      throw new UserError(
        `${this.paths.size} of ${this.#total} images cannot be read, the last one ${path}. Repair or remove them.`,
      );
    }
  }
}

export interface BatchSource {
  readonly folder: ImageFolder;
  readonly pool: SamplePool;
  readonly recipe: SampleRecipe;
  readonly batchSize: number;
  readonly seed: number;
  readonly unreadable: UnreadableImages;
}

/** Order of a training epoch: depends on seed and epoch alone. */
export function epochOrder(seed: number, epoch: number, count: number): Uint32Array {
  return permutation(randomStream(seed, StreamPurpose.order, epoch), count);
}

/** Whole batches per epoch; the images left over get their turn in the order of another epoch. */
export function batchesPerEpoch(images: number, batchSize: number): number {
  return Math.floor(images / batchSize);
}

/** One image, or the next readable one in the same order if the file is broken. */
async function loadOrNext(source: BatchSource, epoch: number, order: Uint32Array, position: number) {
  for (let offset = 0; offset < order.length; offset++) {
    const index = order[(position + offset) % order.length]!;
    const { path, label } = source.folder.images[index]!;
    try {
      const keys = [source.seed, StreamPurpose.augment, epoch, index];
      return { label, data: await source.pool.load(path, source.recipe, keys) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      source.unreadable.add(path, error.message);
    }
  }
  throw new UserError(`No image of ${source.folder.folder} can be read.`);
}

function assemble(samples: readonly { label: number; data: Float32Array }[]): ImageBatch {
  const length = samples[0]!.data.length;
  const image = new Float32Array(samples.length * length);
  for (const [row, sample] of samples.entries()) image.set(sample.data, row * length);
  return { size: samples.length, image, labels: Uint32Array.from(samples, (sample) => sample.label) };
}

async function trainingBatch(source: BatchSource, epoch: number, index: number): Promise<ImageBatch> {
  const order = epochOrder(source.seed, epoch, source.folder.images.length);
  const first = index * source.batchSize;
  const positions = Array.from({ length: source.batchSize }, (_, offset) => first + offset);
  return assemble(await Promise.all(positions.map((at) => loadOrNext(source, epoch, order, at))));
}

/**
 * Batches of one training epoch from a given one on, prepared ahead of their use.
 * @param from index of the first batch, so that a resumed run continues where it stopped
 * @param to index after the last one; by default all whole batches of the epoch
 */
export async function* trainingBatches(
  source: BatchSource,
  epoch: number,
  from = 0,
  to = batchesPerEpoch(source.folder.images.length, source.batchSize),
): AsyncGenerator<ImageBatch> {
  yield* prefetched(to - from, (index) => trainingBatch(source, epoch, from + index));
}

/** A batch at evaluation, and which files are in it. */
export interface EvaluationBatch extends ImageBatch {
  readonly images: readonly LabelledImage[];
}

/**
 * All images of a split in order, the last batch possibly smaller; unreadable files are left out and
 * reported.
 */
export async function* evaluationBatches(source: BatchSource): AsyncGenerator<EvaluationBatch> {
  const { images } = source.folder;
  const batches = prefetched(Math.ceil(images.length / source.batchSize), (index) =>
    evaluationBatch(source, images.slice(index * source.batchSize, (index + 1) * source.batchSize)),
  );
  for await (const batch of batches) if (batch) yield batch;
}

async function evaluationBatch(
  source: BatchSource,
  images: readonly LabelledImage[],
): Promise<EvaluationBatch | undefined> {
  const loaded = await Promise.all(
    images.map(async (image) => {
      try {
        return { image, label: image.label, data: await source.pool.load(image.path, source.recipe, []) };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        source.unreadable.add(image.path, error.message);
        return undefined;
      }
    }),
  );
  const readable = loaded.filter((sample) => sample !== undefined);
  if (readable.length === 0) return undefined;
  return { ...assemble(readable), images: readable.map((sample) => sample.image) };
}

/** Yields the results of numbered jobs in order while the next two are already being prepared. */
export async function* prefetched<Result>(
  count: number,
  prepare: (index: number) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead = 2;
  const jobs: Promise<Result>[] = [];
  for (let index = 0; index < count; index++) {
    while (jobs.length <= ahead && index + jobs.length < count) {
      const job = prepare(index + jobs.length);
      // A failure is thrown when its turn comes, not earlier as an unhandled rejection.
      job.catch(() => undefined);
      jobs.push(job);
    }
    yield await jobs.shift()!;
  }
}
