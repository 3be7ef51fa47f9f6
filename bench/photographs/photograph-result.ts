import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/base/package-root.js';
import { readJsonFiles } from '../experiments/read-results.js';

const split = z.strictObject({ accuracy: z.number(), images: z.int() });

/** What a model fine-tuned on photographs reached; docs/benchmark/photographs holds one file each. */
export const photographResultSchema = z.strictObject({
  /** Its training configuration: a file in configs/photographs or configs. */
  name: z.string(),
  /** Name of the data set. */
  data: z.string(),
  /** As in legends: `ViT, shrunk to 224`. */
  title: z.string(),
  /** vil or vit. */
  model: z.string(),
  parameters: z.int(),
  /** Side of the photographs, and side of what the model was given of them; pixels. */
  imageSize: z.int(),
  inputSize: z.int(),
  /** Of training, those of the run that it continues included. */
  epochs: z.int(),
  /** Photographs seen in training, counted once for each epoch. */
  trainImages: z.int(),
  /** Of training; absent where it was not recorded. */
  seconds: z.number().optional(),
  seed: z.int(),
  /** Of the epoch that was chosen by it. */
  validation: split,
  /** Scored once, afterwards. */
  test: split,
  machine: z.record(z.string(), z.unknown()),
});
export type PhotographResult = z.infer<typeof photographResultSchema>;

/** The results of a folder, by default those that come with the sources. */
export async function readPhotographResults(
  folder = join(packageRoot(), 'docs', 'benchmark', 'photographs'),
): Promise<PhotographResult[]> {
  return readJsonFiles(folder, photographResultSchema);
}
