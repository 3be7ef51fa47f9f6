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
