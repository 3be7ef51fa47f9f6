import { z } from 'zod';
import { UserError } from '../base/errors.js';

const side = z.int().positive();

/** What a config.json of transformers says of a ViT. */
export const transformersSchema = z.looseObject({
  model_type: z.string().optional(),
  num_attention_heads: side.optional(),
  image_size: z.union([side, z.array(side)]).optional(),
  hidden_act: z.string().optional(),
  layer_norm_eps: z.number().positive().optional(),
  qk_scale: z.number().positive().nullish(),
  use_mask_token: z.boolean().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
});

/** ViT and DeiT; the encoder of MSN is a ViT too. */
const knownTypes = ['vit', 'deit', 'vit_msn'];
/** Names that transformers has for the exact GELU. */
const exactGelu = ['gelu', 'gelu_python'];
/** Of the layer norms here. */
const epsilon = 1e-6;

/**
 * @returns remarks for the person who converts
 * @throws UserError naming the setting by which the model computes what the models here do not
 */
export function checkTransformersConfig(
  { model_type: type, hidden_act: activation, layer_norm_eps: eps }: z.infer<typeof transformersSchema>,
  path: string,
): string[] {
  if (type !== undefined && !knownTypes.includes(type)) {
    throw new UserError(
      `${path} says that the model is a "${type}" (model_type); of transformers' models ViT and DeiT can be converted.`,
    );
  }
  if (activation !== undefined && !exactGelu.includes(activation)) {
    throw new UserError(
      `${path} says that the activation is "${activation}" (hidden_act); the models here have the exact GELU, and would ` +
        'give other results.',
    );
  }
  if (eps === undefined || eps === epsilon) return [];
  if (eps > epsilon) {
    throw new UserError(
      `${path} says that layer norms add ${eps} (layer_norm_eps); the models here add ${epsilon}, and would give other ` +
        'results.',
    );
  }
  return [`Layer norms add ${epsilon} here instead of ${eps}: results differ by rounding.`];
}
