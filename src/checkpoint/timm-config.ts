import { z } from 'zod';
import { UserError } from '../base/errors.js';

const channels = z.tuple([z.number(), z.number(), z.number()]);
const deviations = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);
const side = z.int().positive();

/** What a config.json of timm's models on the Hugging Face hub says. */
export const timmSchema = z.looseObject({
  architecture: z.string().optional(),
  global_pool: z.string().nullish(),
  label_names: z.array(z.string().min(1)).optional(),
  model_args: z
    .looseObject({
      num_heads: side.optional(),
      img_size: z.union([side, z.array(side)]).nullish(),
      qk_scale: z.number().positive().nullish(),
    })
    .optional(),
  pretrained_cfg: z
    .looseObject({
      mean: channels.optional(),
      std: deviations.optional(),
      crop_pct: z.number().positive().max(1).optional(),
    })
    .optional(),
});

const is =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const isAnything = () => true;

/** Arguments of timm's VisionTransformer, and the values of each under which it is the model here. */
const taken: Readonly<Record<string, (value: unknown) => boolean>> = {
  num_heads: isAnything,
  img_size: isAnything,
  qk_scale: isAnything,
  // Shapes of tensors show these.
  patch_size: isAnything,
  embed_dim: isAnything,
  depth: isAnything,
  mlp_ratio: isAnything,
  num_classes: isAnything,
  // Of training alone.
  drop_rate: isAnything,
  pos_drop_rate: isAnything,
  patch_drop_rate: isAnything,
  proj_drop_rate: isAnything,
  attn_drop_rate: isAnything,
  drop_path_rate: isAnything,
  weight_init: isAnything,
  fix_init: isAnything,
  in_chans: is(3),
  act_layer: is('gelu', null),
  norm_layer: is('layernorm', null),
  global_pool: is('token'),
  class_token: is(true),
  no_embed_class: is(false),
  pos_embed: is('learn'),
  reg_tokens: is(0),
  qkv_bias: is(true),
  proj_bias: is(true),
  qk_norm: is(false),
  scale_attn_norm: is(false),
  scale_mlp_norm: is(false),
  pre_norm: is(false),
  final_norm: is(true),
  fc_norm: is(false, null),
  init_values: is(null),
  dynamic_img_size: is(true, false),
  dynamic_img_pad: is(false),
};

/**
 * @returns remarks for the person who converts
 * @throws UserError naming the setting by which the model computes what the models here do not, or may
 */
export function checkTimmConfig(
  { architecture, global_pool: pool, model_args: args }: z.infer<typeof timmSchema>,
  path: string,
): string[] {
  if (architecture !== undefined && !/^(vit|deit)_/.test(architecture)) {
    throw new UserError(
      `${path} says that the model is a "${architecture}"; of timm's models ViT and DeiT can be converted.`,
    );
  }
  if (architecture?.includes('quickgelu')) {
    throw new UserError(
      `${path} says that the model is a "${architecture}": its activation is the quick GELU, and the models here have ` +
        'the exact one.',
    );
  }
  const settings = { ...(typeof pool === 'string' && pool !== '' && { global_pool: pool }), ...args };
  for (const [name, value] of Object.entries(settings)) {
    if (taken[name]?.(value)) continue;
    const where = args && name in args ? `model_args.${name}` : name;
    throw new UserError(
      `${path} says ${where} = ${JSON.stringify(value)}, which the models here do not compute: results would differ.`,
    );
  }
  return [];
}
