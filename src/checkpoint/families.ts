import { UserError } from '../base/errors.js';

/** A kind of model that is known and not converted. */
interface Family {
  readonly name: string;
  /** Whether tensors of these names are one. */
  readonly isOne: (has: (pattern: RegExp) => boolean) => boolean;
  /** What it has that the models here do not. */
  readonly reason: string;
}

/** The first that fits counts. */
const families: readonly Family[] = [
  {
    name: 'YOLOS',
    isOne: (has) => has(/(^|\.)embeddings\.detection_tokens$|(^|\.)det_token$/),
    reason: 'it is a detector with tokens for objects, not a classifier',
  },
  {
    name: 'Hiera',
    isOne: (has) =>
      has(/(^|\.)encoder\.stages\.\d+\.layers\.\d+\.attn\./) ||
      (has(/(^|\.)blocks\.\d+\.proj\.weight$/) && !has(/(^|\.)cls_token$/)),
    reason: 'its stages pool tokens, and it has no class token',
  },
  {
    name: 'Swin Transformer',
    isOne: (has) => has(/(^|\.)layers\.\d+\.blocks\.\d+\./),
    reason: 'its stages merge tokens and shift windows',
  },
  {
    name: 'ConvNeXt',
    isOne: (has) => has(/\.(conv_dw|dwconv)\.weight$/),
    reason: 'it is a convolutional network, without attention',
  },
  {
    name: 'SigLIP',
    isOne: (has) => has(/(^|\.)(head\.probe|attn_pool\.latent)$/),
    reason: 'it pools by attention and has no class token',
  },
  {
    name: 'CLIP',
    isOne: (has) => has(/(^|\.)(pre_layrnorm|ln_pre|norm_pre)\.weight$/),
    reason: 'it normalises before the first block',
  },
  {
    name: 'BEiT',
    isOne: (has) => has(/(^|\.)(blocks|layer)\.\d+\..*relative_position_bias_table$|(^|\.)rel_pos_bias\./),
    reason: 'it has tables of relative positions',
  },
  {
    name: 'EVA-02',
    isOne: (has) => has(/\.mlp\.fc1_g\./) && !has(/(^|\.)(reg_token|register_tokens)$/),
    reason: 'it has rotary positions and gated MLPs',
  },
  {
    name: 'DINOv3',
    isOne: (has) =>
      has(/(^|\.)(reg_token|register_tokens|storage_tokens)$/) &&
      !has(/(^|\.)(pos_embed|position_embeddings)$/),
    reason: 'it has rotary positions and registers',
  },
  {
    name: 'DINOv2 with registers',
    isOne: (has) => has(/(^|\.)(reg_token|register_tokens)$/),
    reason: 'it has registers, further tokens beside the class token',
  },
  {
    name: 'DINOv2 or DeiT III',
    isOne: (has) => has(/\.(ls1\.gamma|layer_scale1\.lambda1|gamma_1|lambda_1)$/),
    reason: 'it scales the output of each layer',
  },
  {
    name: 'masked autoencoder (MAE)',
    isOne: (has) => has(/(^|\.)(decoder_embed|decoder\.decoder_embed)\./),
    reason: 'it has a decoder of images instead of a classifier',
  },
  {
    name: 'ViTDet or SAM',
    isOne: (has) => has(/\.rel_pos_[hw]$/),
    reason: 'it has relative positions of rows and columns',
  },
  {
    name: 'hybrid of a convolutional network and a ViT',
    isOne: (has) => has(/(^|\.)patch_embed\.backbone\./),
    reason: 'a network stands before its tokens',
  },
  {
    name: 'ViT with normalised queries and keys',
    isOne: (has) => has(/\.attn\.[qk]_norm\./),
    reason: 'queries and keys are not normalised here',
  },
  {
    name: 'I-JEPA, or another ViT without a class token',
    isOne: (has) => has(/(^|\.)(pos_embed|position_embeddings)$/) && !has(/(^|\.)(cls_token|class_token)$/),
    reason: 'the class token is missing, which classifies here',
  },
];

/**
 * Refuses models that are known not to be what can be converted.
 * @throws UserError naming the family and what it has that the models here do not
 */
export function refuseFamilies(names: readonly string[], source: string): void {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  const family = families.find(({ isOne }) => isOne(has));
  if (!family) return;
  throw new UserError(`${source} is a ${family.name}, which cannot be converted: ${family.reason}.`);
}
