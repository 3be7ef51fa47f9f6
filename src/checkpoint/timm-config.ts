import { z } from 'zod';
import type { Activation } from '../../models/vil-parts.js';
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
      act_layer: z.string().nullish(),
      global_pool: z.string().nullish(),
      img_size: z.union([side, z.array(side)]).nullish(),
      qk_scale: z.number().positive().nullish(),
    })
    .optional(),
  pretrained_cfg: z
    .looseObject({
      mean: channels.optional(),
      std: deviations.optional(),
      input_size: z.array(side).optional(),
      crop_pct: z.number().positive().max(1).optional(),
    })
    .optional(),
});

/** timm's names of activations. */
const activations: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_tanh: 'gelu_tanh',
  quick_gelu: 'quick_gelu',
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
};

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
  act_layer: (value) => value === null || Object.hasOwn(activations, String(value)),
  norm_layer: is('layernorm', null),
  global_pool: is('token', 'avg', 'map', ''),
  // Names of tensors show these.
  class_token: isAnything,
  no_embed_class: isAnything,
  reg_tokens: isAnything,
  num_reg_tokens: isAnything,
  qkv_bias: isAnything,
  proj_bias: isAnything,
  pre_norm: isAnything,
  final_norm: isAnything,
  fc_norm: isAnything,
  init_values: isAnything,
  qkv_fused: isAnything,
  swiglu_mlp: isAnything,
  swiglu_align_to: isAnything,
  scale_mlp: isAnything,
  use_pre_transformer_norm: isAnything,
  use_post_transformer_norm: isAnything,
  use_fc_norm: isAnything,
  pos_embed: is('learn'),
  qk_norm: is(false),
  scale_attn_norm: is(false),
  scale_attn_inner: is(false),
  scale_mlp_norm: is(false),
  dynamic_img_size: is(true, false),
  dynamic_img_pad: is(false),
};

/** Architectures of timm that can be converted. */
const known = /^(vit|deit3?|beit(v2)?|eva02|aimv2)_/;

/**
 * @returns the activation of its MLPs, where it says one
 * @throws UserError naming the setting by which the model computes what the models here do not, or may
 */
export function checkTimmConfig(
  { architecture, global_pool: pool, model_args: args }: z.infer<typeof timmSchema>,
  path: string,
): Activation | undefined {
  if (architecture !== undefined && !known.test(architecture)) {
    throw new UserError(
      `${path} says that the model is a "${architecture}"; of timm's models ViT, DeiT, BEiT, EVA-02 and AIMv2 can be converted.`,
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
  if (args?.act_layer) return activations[args.act_layer];
  return architecture?.includes('quickgelu') ? 'quick_gelu' : undefined;
}
