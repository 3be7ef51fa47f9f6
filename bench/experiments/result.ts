import { z } from 'zod';

/** What an experiment measured with one seed at one canvas; docs/benchmark/results holds one file each. */
export const experimentResultSchema = z.strictObject({
  /** Name of the experiment: its file in configs/experiments. */
  name: z.string(),
  title: z.string(),
  /** vil or vit. */
  model: z.string(),
  parameters: z.int(),
  generator: z.string(),
  /** Side of the images, and side of what the model was given of them; pixels. */
  canvas: z.int(),
  inputSize: z.int(),
  /** Settings of the generator. */
  data: z.record(z.string(), z.unknown()),
  /** Canvas of the last training images, where the model is measured on others than it was trained on. */
  trainedCanvas: z.int().optional(),
  seed: z.int(),
  /** Share of the test images that each question was answered right for, 0 to 1. */
  accuracies: z.record(z.string(), z.number()),
  testImages: z.int(),
  /** Of all stages so far: optimiser steps, generated images, seconds of training. */
  steps: z.int(),
  trainImages: z.int(),
  seconds: z.number(),
  machine: z.record(z.string(), z.unknown()),
});
export type ExperimentResult = z.infer<typeof experimentResultSchema>;

/** File name of a result, without a folder. */
export function resultFile({
  name,
  canvas,
  seed,
}: Pick<ExperimentResult, 'name' | 'canvas' | 'seed'>): string {
  return `${name}-${canvas}-seed${seed}.json`;
}
