/** What a model folder says of its model; no file is read here, so that a page can use it as well. */
import { z } from 'zod';
import type { LabelTask } from '../../models/label-task.js';
import { labelTaskSchema, logitsOf } from '../../models/label-task.js';
import type { ModelConfig } from '../../models/model-config.js';
import { modelConfigSchema } from '../../models/model-config.js';
import { UserError } from '../base/errors.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { preprocessingSchema } from '../image/preprocessing.js';
import type { ChosenOperatingPoint, ModelAbout } from './model-about.js';
import { modelAboutSchema, operatingPointSchema } from './model-about.js';

/** Names of the files in a model folder. */
export const modelFiles = {
  config: 'config.json',
  labels: 'labels.json',
  weights: 'model.safetensors',
  card: 'README.md',
  /** Folder of the small detector that takes a first look. */
  firstLook: 'first-look',
} as const;

/**
 * How a detector's first look is used: a small detector, in the folder `first-look` of the detector's own, that sees images reduced
 * and says which windows the detector has to look at.
 */
const firstLookSchema = z.strictObject({
  /** Pixels along a side of the square that it sees as one pixel. */
  factor: z.int().min(2).max(16),
  /** Its score from which a place is looked at in full. */
  threshold: z.number().min(0).max(1),
  /** Pixels around such a place that are looked at as well. */
  margin: z.int().nonnegative(),
});
export type FirstLookSettings = z.infer<typeof firstLookSchema>;

/** What config.json holds. */
export const configSchema = z.strictObject({
  model: modelConfigSchema,
  preprocessing: preprocessingSchema,
  tasks: z.array(labelTaskSchema).min(1).optional(),
  /**
   * CRC-32 of model.safetensors. Several while the file is being replaced: the old one counts and the new one. Folders of
   * earlier versions have none.
   */
  weightsChecksum: z
    .array(z.string().regex(/^[0-9a-f]{8}$/))
    .max(2)
    .optional(),
  gsd: z.number().positive().optional(),
  operatingPoint: operatingPointSchema.optional(),
  about: modelAboutSchema.optional(),
  firstLook: firstLookSchema.optional(),
});
/** None for a model of features. */
const labelsSchema = z.array(z.string().min(1));

/** All there is to know about a model but its weights. */
export interface ModelDescription {
  readonly config: ModelConfig;
  readonly preprocessing: Preprocessing;
  /** Class names, in the order of the logits. */
  readonly labels: readonly string[];
  /** Of a model that answers several questions: which logits belong to which. */
  readonly tasks?: readonly LabelTask[];
  /** Ground sampling distance of the images it learned from, in metres a pixel, where they are of one. */
  readonly gsd?: number;
  /** Of a detector: the score from which on something counts as found. */
  readonly operatingPoint?: ChosenOperatingPoint;
  /** What people want to know before they use it. */
  readonly about?: ModelAbout;
  /** Where a first look of its own comes with a detector. */
  readonly firstLook?: FirstLookSettings;
}

/** With what the weights' file is checked by, where config.json says it. */
export interface CheckedDescription extends ModelDescription {
  /** Those of CRC-32 that count, eight hexadecimal digits each. */
  readonly checksum?: readonly string[];
}

/** A file's contents, and what to call it in messages. */
export interface NamedText {
  readonly source: string;
  readonly text: string;
}

/**
 * Parses config.json and labels.json of a model folder.
 * @throws UserError naming file and field when one is malformed, or when there are not as many labels as classes
 */
export function parseDescription(config: NamedText, labels: NamedText): CheckedDescription {
  const { model, weightsChecksum, ...rest } = parseJson(config, configSchema);
  const names = parseJson(labels, labelsSchema);
  if (names.length !== model.classes) {
    throw new UserError(
      `${labels.source} has ${names.length} labels, but the model of ${config.source} has ${model.classes} classes`,
    );
  }
  checkTasks(config.source, rest.tasks, model.classes);
  return { config: model, labels: names, ...rest, checksum: weightsChecksum };
}

function checkTasks(source: string, tasks: readonly LabelTask[] | undefined, classes: number): void {
  if (!tasks || logitsOf(tasks) === classes) return;
  throw new UserError(
    `${source}: its tasks have ${logitsOf(tasks)} labels, but the model has ${classes} classes`,
  );
}

/** @throws UserError naming the file when it is not JSON, and the field when it does not fit the schema */
export function parseJson<T>({ source, text }: NamedText, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${source} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UserError(`${source} is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
