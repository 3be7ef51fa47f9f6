import { z } from 'zod';
import { exactCodeSchema, modeCodeSchema } from '../../models/window-codes.js';
import { UserError } from '../base/errors.js';

// safetensors metadata are strings; the files write Python's and C's notations.
const flag = z
  .enum(['0', '1', 'False', 'True', 'false', 'true'], { error: 'must be 0 or 1' })
  .transform((text) => text === '1' || text.toLowerCase() === 'true');
const integer = z
  .string({ error: 'is missing' })
  .regex(/^-?\d+$/, { error: 'must be a whole number' })
  .transform(Number);
const exactRule = integer.pipe(exactCodeSchema);
const chunkMode = integer.pipe(modeCodeSchema);
const count = integer.pipe(z.number().min(0, { error: 'must not be negative' }));
const size = integer.pipe(z.number().min(1, { error: 'must be at least 1' }));

/** Settings of a file of the attention layout. */
export const attentionMetadataSchema = z.object({
  num_heads: size,
  nx: size,
  ny: size,
  window: size,
  num_global: count,
  relative_position_bias: flag,
  share_global_projections: flag,
  exact: exactRule,
  mode: chunkMode,
  only_global: flag.default(false),
});

/**
 * Settings of a file of the model layout: arguments of the original's `MsViT`, those not given at the
 * published value.
 */
export const modelMetadataSchema = z.object({
  arch: z.string({ error: 'is missing' }),
  img_size: size,
  num_classes: size,
  sharew: flag.default(true),
  attn_type: z
    .enum(['longformerhand', 'longformerauto', 'full'], {
      error: 'must be longformerhand, longformerauto or full',
    })
    .default('longformerhand'),
  sw_exact: exactRule.default('chunks'),
  mode: chunkMode.default('all'),
  only_glo: flag.default(false),
  avg_pool: flag.default(false),
});

/** @throws UserError naming the file and every setting at fault */
export function parseMetadata<Schema extends z.ZodType>(
  schema: Schema,
  metadata: Readonly<Record<string, string>>,
  path: string,
): z.output<Schema> {
  const result = schema.safeParse(metadata);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path: [key], message }) => `"${String(key)}" ${message}`);
  throw new UserError(`${path}: metadata ${issues.join('; ')}`);
}
