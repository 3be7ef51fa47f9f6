import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { generatorSchema } from '../../datasets/generated/generator.js';
import { UserError } from '../../src/base/errors.js';
import { readExtendingJson } from '../../src/base/extending-json.js';
import { packageRoot } from '../../src/base/package-root.js';

const positiveInteger = z.int().positive();

/** One stretch of training on images of one kind; the next one continues from its weights. */
export const stageSchema = z.strictObject({
  data: generatorSchema,
  epochs: positiveInteger,
  /** Images an epoch, new ones in each. */
  trainImages: positiveInteger,
  validationImages: positiveInteger,
  batchSize: positiveInteger,
  /** Peak of this stage's schedule: a short warm-up, then a cosine. */
  learningRate: z.number().positive(),
  /** Images of the test split that the model is measured on after the stage; absent: none. */
  testImages: positiveInteger.optional(),
});
export type Stage = z.infer<typeof stageSchema>;

/** Images that the finished model is measured on although it was not trained on any like them. */
const transferSchema = z.strictObject({ data: generatorSchema, testImages: positiveInteger });
export type Transfer = z.infer<typeof transferSchema>;

/**
 * A model and how it is trained. Experiments of one curriculum have the same budget: stages, images,
 * schedules.
 */
const experimentSchema = z.strictObject({
  title: z.string().min(1),
  /** Name of a file in configs/experiments/curricula. */
  curriculum: z.string().min(1),
  /** The last stage is the one with this canvas; by default all are run. */
  upTo: positiveInteger.optional(),
  seeds: z.array(z.int().min(0)).min(1),
  /** A model configuration without its number of classes, which the questions decide. */
  model: z.record(z.string(), z.unknown()),
  /** Larger images are shrunk to this side; absent: the model sees every pixel. */
  view: positiveInteger.optional(),
  /** Measured after the last stage, without further training. */
  transfers: z.array(transferSchema).default([]),
});

export interface Experiment extends Omit<z.infer<typeof experimentSchema>, 'curriculum' | 'upTo'> {
  readonly name: string;
  readonly stages: readonly Stage[];
}

const folder = join(packageRoot(), 'configs', 'experiments');

/** Names that `readExperiment` knows: the files in configs/experiments. */
export async function experimentNames(): Promise<string[]> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'));
  return files.map((file) => basename(file, '.json')).sort();
}

/** @throws UserError when there is no such experiment or its file is wrong */
export async function readExperiment(name: string): Promise<Experiment> {
  const known = await experimentNames();
  if (!known.includes(name)) {
    throw new UserError(`There is no experiment ${name}. Known: ${known.join(', ')}`);
  }
  const { curriculum, upTo, ...experiment } = await readJson(join(folder, `${name}.json`), experimentSchema);
  const stages = await readJson(join(folder, 'curricula', `${curriculum}.json`), z.array(stageSchema).min(1));
  const last =
    upTo === undefined ? stages.length - 1 : stages.findLastIndex(({ data }) => data.canvas === upTo);
  if (last < 0)
    throw new UserError(`The curriculum ${curriculum} has no stage of canvas ${upTo} (experiment ${name})`);
  return { ...experiment, name, stages: stages.slice(0, last + 1) };
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readExtendingJson(path, 'experiment'));
  if (!parsed.success) throw new UserError(`${path} is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
