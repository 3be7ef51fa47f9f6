import sharp from 'sharp';
import { answerRequests } from '../../src/base/threads/requests.js';
import type { DataSplit } from '../digits/mnist.js';
import type { GeneratorSettings } from './generator.js';
import { generateImage } from './generator.js';
import type { InputForm } from './image-input.js';
import { writeInput } from './image-input.js';

/** An order to a worker thread: images of a split by their numbers, as one batch. */
export interface GeneratorRequest {
  readonly settings: GeneratorSettings;
  readonly seed: number;
  readonly split: DataSplit;
  readonly indices: readonly number[];
  readonly form: InputForm;
}

/** A batch of generated images. */
export interface GeneratedBatch {
  readonly size: number;
  /** [size, 3, height, width], normalised. */
  readonly image: Float32Array;
  /** [size, labels of all questions], 0 or 1. */
  readonly target: Float32Array;
}

// One thread a batch: the model needs the other cores.
sharp.concurrency(1);
sharp.cache(false);

async function generateBatch({
  settings,
  seed,
  split,
  indices,
  form,
}: GeneratorRequest): Promise<GeneratedBatch> {
  const length = 3 * form.height * form.width;
  const image = new Float32Array(indices.length * length);
  const targets: number[] = [];
  for (const [row, index] of indices.entries()) {
    const { canvas, target } = generateImage(settings, seed, split, index);
    await writeInput(canvas, form, image.subarray(row * length, (row + 1) * length));
    targets.push(...target);
  }
  return { size: indices.length, image, target: Float32Array.from(targets) };
}

answerRequests(generateBatch, { transfer: ({ image }) => [image.buffer as ArrayBuffer] });
