import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Preprocessing } from '../image/preprocessing.js';

/** What the files beside a checkpoint say of it; all of it may be unknown. */
export interface CompanionConfig {
  readonly heads?: number;
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
const configSchema = z.looseObject({
  num_attention_heads: z.int().positive().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  label_names: z.array(z.string().min(1)).optional(),
  pretrained_cfg: z
    .looseObject({
      mean: channels.optional(),
      std: deviations.optional(),
      crop_pct: z.number().positive().max(1).optional(),
    })
    .optional(),
});

/** preprocessor_config.json of transformers; its processor for ViT stretches images, that for DeiT crops them. */
const preprocessorSchema = z.looseObject({
  image_mean: channels.optional(),
  image_std: deviations.optional(),
  do_center_crop: z.boolean().default(false),
});

/**
 * Reads the configuration that Hugging Face's transformers and timm put beside their checkpoints: number of heads, class
 * names and channel statistics, none of which the tensors show. Files that are missing or of another kind say nothing.
 */
export async function readCompanionConfig(checkpoint: string): Promise<CompanionConfig> {
  const folder = dirname(checkpoint);
  const config = await readIfPresent(join(folder, 'config.json'), configSchema);
  const preprocessor = await readIfPresent(join(folder, 'preprocessor_config.json'), preprocessorSchema);
  return {
    heads: config?.num_attention_heads,
    labels: config?.label_names ?? orderedLabels(config?.id2label),
    mean: preprocessor?.image_mean ?? config?.pretrained_cfg?.mean,
    std: preprocessor?.image_std ?? config?.pretrained_cfg?.std,
    cropShare: config?.pretrained_cfg?.crop_pct,
    isStretched: preprocessor && !preprocessor.do_center_crop,
  };
}

async function readIfPresent<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    // Another program's file: what it says was never asked for, so its damage is no reason to stop.
    return undefined;
  }
}

/** Names by class number; nothing for the placeholders that transformers writes for models without names. */
function orderedLabels(id2label: Readonly<Record<string, string>> | undefined): string[] | undefined {
  if (!id2label) return undefined;
  const labels = Object.keys(id2label).map((_, index) => id2label[index] ?? '');
  const isUseful = labels.every((label, index) => label !== '' && label !== `LABEL_${index}`);
  return isUseful ? labels : undefined;
}
