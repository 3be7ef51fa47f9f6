import { z } from 'zod';
import type { Activation } from '../../models/vil-parts.js';
import { UserError } from '../base/errors.js';

const side = z.int().positive();

/** What a config.json of transformers says of a vision transformer. */
const settings = {
  model_type: z.string().optional(),
  num_attention_heads: side.optional(),
  image_size: z.union([side, z.array(side)]).optional(),
  hidden_act: z.string().optional(),
  layer_norm_eps: z.number().positive().optional(),
  rms_norm_eps: z.number().positive().optional(),
  qk_scale: z.number().positive().nullish(),
  use_mask_token: z.boolean().optional(),
  rope_theta: z.number().positive().nullish(),
  is_native: z.boolean().optional(),
  use_mean_pooling: z.boolean().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  architectures: z.array(z.string()).nullish(),
};
export const transformersSchema = z.looseObject({
  ...settings,
  /** Of models of images and texts. */
  vision_config: z.looseObject(settings).optional(),
});
type TransformersConfig = z.infer<typeof transformersSchema>;

/** The encoder of MSN is a ViT too. */
const knownTypes = [
  'vit',
  'deit',
  'vit_msn',
  'vit_mae',
  'dinov2',
  'dinov2_with_registers',
  'dinov3_vit',
  'siglip',
  'siglip_vision_model',
  'siglip2',
  'siglip2_vision_model',
  'clip',
  'clip_vision_model',
  'beit',
  'ijepa',
  'aimv2',
  'aimv2_vision_model',
];
/** transformers' names of activations. */
const activations: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_pytorch_tanh: 'gelu_tanh',
  gelu_new: 'gelu_tanh',
  quick_gelu: 'quick_gelu',
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
};

/** What a configuration says of the transformer for images in it, one for texts left aside. */
export function visionSettings(config: TransformersConfig): TransformersConfig {
  const { vision_config: vision, ...whole } = config;
  if (!vision) return whole;
  const { model_type, architectures, id2label } = whole;
  // What a part leaves out is what its class has by itself, and that is known of the family.
  return { ...vision, model_type, architectures, id2label: id2label ?? vision.id2label };
}

/**
 * @param config `visionSettings` of it
 * @returns the activation of its MLPs, where it says one
 * @throws UserError naming the setting by which the model computes what the models here do not
 */
export function checkTransformersConfig(config: TransformersConfig, path: string): Activation | undefined {
  const { model_type: type, hidden_act: name } = config;
  if (type !== undefined && !knownTypes.includes(type)) {
    throw new UserError(
      `${path} says that the model is a "${type}" (model_type); of transformers' models ${knownTypes.join(', ')} can be converted.`,
    );
  }
  if (config.is_native) {
    throw new UserError(
      `${path} says that positions are computed for each size of image (is_native), which the models here do not do.`,
    );
  }
  if (name === undefined) return undefined;
  const activation = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (activation) return activation;
  throw new UserError(
    `${path} says that the activation is "${name}" (hidden_act), which the models here do not have: they know ` +
      `${Object.keys(activations).join(', ')}.`,
  );
}
