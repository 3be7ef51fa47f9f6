import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { checkTimmConfig, timmSchema } from './timm-config.js';
import type { TransformerFacts } from './transformer-facts.js';
import { checkTransformersConfig, transformersSchema, visionSettings } from './transformers-config.js';

/** What the files beside a checkpoint say of it; all of it may be unknown. */
export interface CompanionConfig extends TransformerFacts {
  /** What queries are multiplied by instead of head width ^ -0.5. */
  readonly queryScale?: number;
  readonly labels?: readonly string[];
  readonly mean?: Preprocessing['mean'];
  readonly std?: Preprocessing['std'];
  /** Share of the resized image's shorter side that is cut out. */
  readonly cropShare?: number;
  /** Images are resized to the model's size whatever their aspect ratio, and not cropped. */
  readonly isStretched?: boolean;
}

const channels = z.tuple([z.number(), z.number(), z.number()]);
const deviations = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** config.json of transformers, or of timm's models on the Hugging Face hub. */
const configSchema = z.looseObject({ ...transformersSchema.shape, ...timmSchema.shape });

/** preprocessor_config.json of transformers; its processor for ViT stretches images, that for DeiT crops them. */
const preprocessorSchema = z.looseObject({
  image_mean: channels.optional(),
  image_std: deviations.optional(),
  do_center_crop: z.boolean().default(false),
});

/**
 * Reads the configuration that Hugging Face's transformers and timm put beside their checkpoints: what the tensors do not
 * show. A file that is missing says nothing.
 * @param checkpoint the file, or its folder
 * @throws UserError when it says that the model computes what the models here do not, or is damaged
 */
export async function readCompanionConfig(checkpoint: string): Promise<CompanionConfig> {
  const isFolder = existsSync(checkpoint) && statSync(checkpoint).isDirectory();
  const folder = isFolder ? checkpoint : dirname(checkpoint);
  const path = join(folder, 'config.json');
  const whole = await readIfPresent(path, configSchema);
  const config = whole && { ...whole, ...visionSettings(whole), vision_config: undefined };
  const preprocessor = await readIfPresent(join(folder, 'preprocessor_config.json'), preprocessorSchema);
  const activation = config && (checkTransformersConfig(config, path) ?? checkTimmConfig(config, path));
  const { model_args: args, pretrained_cfg: pretrained } = config ?? {};
  const scale = config?.qk_scale ?? args?.qk_scale;
  return {
    heads: config?.num_attention_heads ?? args?.num_heads,
    imageSize: bothSides(config?.image_size ?? args?.img_size ?? pretrained?.input_size?.slice(1)),
    activation,
    epsilon: config?.layer_norm_eps ?? config?.rms_norm_eps,
    architecture: config?.architecture,
    modelType: config?.model_type,
    classNames: config?.architectures ?? undefined,
    globalPool: args?.global_pool ?? config?.global_pool ?? undefined,
    ropeBase: config?.rope_theta ?? undefined,
    queryScale: scale ?? undefined,
    labels: config?.label_names ?? orderedLabels(config?.id2label),
    mean: preprocessor?.image_mean ?? pretrained?.mean,
    std: preprocessor?.image_std ?? pretrained?.std,
    cropShare: pretrained?.crop_pct,
    isStretched: preprocessor && !preprocessor.do_center_crop,
  };
}

async function readIfPresent<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new UserError(
      `${path}, beside the checkpoint, is not JSON: what it says of the model cannot be known. Repair or remove it.`,
      { cause },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${path}, beside the checkpoint, is not what transformers or timm write. Repair or remove it.\n` +
      z.prettifyError(parsed.error),
  );
}

function bothSides(size: number | readonly number[] | null | undefined): [number, number] | undefined {
  if (size === null || size === undefined) return undefined;
  if (typeof size === 'number') return [size, size];
  return size.length === 2 ? [size[0]!, size[1]!] : undefined;
}

/** Names by class number; nothing for the placeholders that transformers writes for models without names. */
function orderedLabels(id2label: Readonly<Record<string, string>> | undefined): string[] | undefined {
  if (!id2label) return undefined;
  const labels = Object.keys(id2label).map((_, index) => id2label[index] ?? '');
  const isUseful = labels.every((label, index) => label !== '' && label !== `LABEL_${index}`);
  return isUseful ? labels : undefined;
}
