import { z } from 'zod';
import { generatorSchema } from '../../datasets/generated/generator.js';
import { UserError } from '../base/errors.js';
import { readExtendingJson } from '../base/extending-json.js';
import { type DetectionConfig, detectionConfigSchema } from './detection/config.js';
import {
  colourSchema,
  positiveInteger,
  probability,
  type RunConfig,
  range,
  runSchema,
} from './run-config.js';

export type { RunConfig } from './run-config.js';

const augmentSchema = z.strictObject({
  horizontalFlip: z.boolean().default(true),
  /** For images without an up, such as aerial ones. */
  verticalFlip: z.boolean().default(false),
  /** By multiples of 90 degrees; for images without an up. */
  rotations: z.boolean().default(false),
  /** Random resized crop; absent: the whole image. */
  crop: z
    .strictObject({
      scale: range.refine(([, high]) => high <= 1, 'a share of the area is at most 1').default([0.08, 1]),
      ratio: range.default([3 / 4, 4 / 3]),
    })
    .optional(),
  /** Colour jitter; absent: none. */
  colour: colourSchema.optional(),
  /** Probability of random erasing. The paper: 0.25. */
  erasing: probability.default(0),
  /** Beta parameters; the paper: mixup 0.8, cutmix 1. */
  mixup: z.number().min(0).default(0),
  cutmix: z.number().min(0).default(0),
  mixProbability: probability.default(1),
});

/** Classification of the images of an image folder; see configs/ for examples. */
export const classificationConfigSchema = runSchema.extend({
  task: z.literal('classification').default('classification'),
  /** Folder with one folder a split, each with one folder a class. */
  data: z.string().min(1),
  trainSplit: z.string().min(1).default('train'),
  validationSplit: z.string().min(1).default('val'),
  /**
   * How the trained model takes images. stretch: resized to `imageSize`, as in training; none: at their own
   * resolution, for data whose images are all of `imageSize` and of one scale, such as tiles of larger scenes.
   */
  resize: z.enum(['stretch', 'none']).default('stretch'),
  labelSmoothing: z.number().min(0).lt(1).default(0.1),
  augment: augmentSchema.prefault({}),
});
export type ClassificationConfig = z.infer<typeof classificationConfigSchema>;

/** Questions about images that a generator draws, new ones in every epoch. */
export const generatedConfigSchema = runSchema.extend({
  task: z.literal('generated'),
  /** The generator and its settings; images are resized to `imageSize`. */
  data: generatorSchema,
  /** Images an epoch. */
  trainImages: positiveInteger,
  validationImages: positiveInteger.default(500),
});
export type GeneratedConfig = z.infer<typeof generatedConfigSchema>;

const taskSchemas = {
  classification: classificationConfigSchema,
  generated: generatedConfigSchema,
  detection: detectionConfigSchema,
};
type TaskName = keyof typeof taskSchemas;
export type TrainingConfig = ClassificationConfig | GeneratedConfig | DetectionConfig;

/** Every kind of run; `task` says which, classification if it is absent. */
export const trainingConfigSchema: z.ZodType<TrainingConfig> = z.unknown().transform((value, context) => {
  const task = (value as { task?: unknown } | null)?.task ?? 'classification';
  if (typeof task !== 'string' || !Object.hasOwn(taskSchemas, task)) {
    const message = `must be one of ${Object.keys(taskSchemas).join(', ')}`;
    context.addIssue({ code: 'custom', path: ['task'], message });
    return z.NEVER;
  }
  const parsed = taskSchemas[task as TaskName].safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.addIssue({ ...issue } as never);
  return z.NEVER;
});

/**
 * Reads and checks a configuration file, which may extend others: `"extends": "./other.json"`.
 * @param overrides settings from the command line, which win over the file
 * @throws UserError naming the file, each wrong setting and what is wrong with it
 */
export async function readTrainingConfig(
  path: string,
  overrides: Partial<Record<keyof RunConfig | 'data', unknown>> = {},
): Promise<TrainingConfig> {
  const parsed = await readExtendingJson(path, 'training configuration');
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const result = trainingConfigSchema.safeParse(isObject ? { ...(parsed as object), ...given } : parsed);
  if (!result.success) {
    throw new UserError(`The training configuration ${path} is wrong.\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}
