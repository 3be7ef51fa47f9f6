import type { Interpolation } from '../../models/layers/interpolation.js';
import type { Activation, RopeConfig } from '../../models/vil-parts.js';
import type { normalisations } from '../image/preprocessing.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { TransformerFacts } from './transformer-facts.js';
import type { Origin } from './transformer-names.js';

/** Rotary positions as a checkpoint has them. */
export interface SourceRope extends Omit<RopeConfig, 'reference'> {
  /** Rows and columns that images are stretched to; `table`: those of its table of positions. */
  readonly reference?: [number, number] | 'table';
  /** Channels that turn together are neighbours, instead of half a head apart. */
  readonly isInterleaved: boolean;
  /** Columns come before rows. */
  readonly isColumnsFirst: boolean;
}

/** What a family of transformers computes that neither its tensors nor, always, the files beside it show. */
export interface Family {
  readonly name: string;
  readonly isOne: (names: (pattern: RegExp) => boolean, facts: TransformerFacts) => boolean;
  /** Of norms, where no file says it. */
  readonly epsilon?: number;
  readonly activation?: Activation | ((facts: TransformerFacts) => Activation);
  /** Norms do not subtract the mean. */
  readonly isRms?: boolean;
  /** Channels of a head; absent: the number of heads is that of the published model of its width. */
  readonly headWidth?: number;
  readonly rope?: SourceRope;
  /** Height and width that models without a table of positions were made for. */
  readonly imageSize?: [number, number];
  /** Channel statistics that it is usually trained with. */
  readonly statistics: keyof typeof normalisations;
}

const interleaved = { base: 10_000, coordinates: 'index', isInterleaved: true } as const;
const architectureIs =
  (pattern: RegExp) =>
  (_: unknown, { architecture }: TransformerFacts) =>
    architecture !== undefined && pattern.test(architecture);
const typeIs = (facts: TransformerFacts, ...types: string[]) =>
  facts.modelType !== undefined && types.includes(facts.modelType);

/** timm's SigLIP with the approximate activation; the others have the exact one. */
const tanhSiglip =
  /^vit_(base_patch32_siglip|large_patch16_siglip(_gap)?_512|so400m_patch16_siglip|giantopt_)/;

/** The first that fits counts; the last fits all. */
const families: readonly Family[] = [
  {
    name: 'DINOv3',
    isOne: (has, facts) =>
      typeIs(facts, 'dinov3_vit') ||
      architectureIs(/dinov3/)(has, facts) ||
      (has(/^reg_token$/) && has(/^cls_token$/) && !has(/^pos_embed$/) && !facts.architecture),
    epsilon: 1e-5,
    headWidth: 64,
    rope: { base: 100, coordinates: 'centred', offset: 0, isInterleaved: false, isColumnsFirst: false },
    imageSize: [224, 224],
    statistics: 'imagenet',
  },
  {
    name: 'ViT with rotary positions and registers',
    isOne: architectureIs(/^vit_\w+_rope_reg\d_gap/),
    rope: { ...interleaved, offset: 0, reference: [16, 16], isColumnsFirst: false },
    imageSize: [256, 256],
    statistics: 'half',
  },
  {
    name: 'Perception Encoder',
    isOne: (has, facts) =>
      architectureIs(/^vit_pe_/)(has, facts) || (has(/^norm_pre\./) && has(/^pool\.(probe|query)$/)),
    epsilon: 1e-5,
    headWidth: 64,
    rope: { ...interleaved, offset: 1, reference: 'table', isColumnsFirst: true },
    statistics: 'half',
  },
  {
    name: 'EVA-02',
    isOne: (has, facts) =>
      architectureIs(/^eva02_/)(has, facts) ||
      (!facts.modelType &&
        has(/\.mlp\.gate\./) &&
        has(/^pos_embed$/) &&
        !has(/\.ls1\./) &&
        has(/^cls_token$/)),
    headWidth: 64,
    rope: { ...interleaved, offset: 0, reference: [16, 16], isColumnsFirst: false },
    statistics: 'clip',
  },
  {
    name: 'AIMv2',
    isOne: (has, facts) =>
      typeIs(facts, 'aimv2', 'aimv2_vision_model') || architectureIs(/^aimv2_/)(has, facts),
    epsilon: 1e-5,
    activation: 'silu',
    isRms: true,
    statistics: 'clip',
  },
  {
    name: 'CLIP',
    isOne: (has, facts) => typeIs(facts, 'clip', 'clip_vision_model') || has(/^norm_pre\./),
    epsilon: 1e-5,
    activation: ({ architecture }) =>
      architecture !== undefined && !architecture.includes('quickgelu') ? 'gelu' : 'quick_gelu',
    statistics: 'clip',
  },
  {
    name: 'SigLIP',
    isOne: (has, facts) =>
      facts.modelType?.startsWith('siglip') === true ||
      architectureIs(/siglip/)(has, facts) ||
      has(/^pool\.probe$/),
    activation: ({ architecture, modelType }) =>
      modelType !== undefined || architecture === undefined || tanhSiglip.test(architecture)
        ? 'gelu_tanh'
        : 'gelu',
    statistics: 'half',
  },
  {
    name: 'BEiT',
    isOne: (has, facts) => typeIs(facts, 'beit') || has(/relative_position_bias_table$/),
    epsilon: 1e-12,
    statistics: 'half',
  },
  {
    name: 'I-JEPA',
    isOne: (_, facts) => typeIs(facts, 'ijepa'),
    statistics: 'imagenet',
  },
  {
    name: 'DINOv2',
    isOne: (has, facts) =>
      facts.modelType?.startsWith('dinov2') === true ||
      architectureIs(/dinov2/)(has, facts) ||
      (!facts.architecture && has(/^(mask_token|reg_token)$/) && has(/\.ls1\./)),
    headWidth: 64,
    statistics: 'imagenet',
  },
  {
    name: 'DeiT',
    isOne: (has, facts) =>
      typeIs(facts, 'deit') || architectureIs(/^deit/)(has, facts) || has(/^dist_token$/) || has(/\.ls1\./),
    statistics: 'imagenet',
  },
  {
    name: 'masked autoencoder',
    isOne: (has, facts) =>
      typeIs(facts, 'vit_mae') || architectureIs(/\.mae$/)(has, facts) || has(/^decoder_/),
    epsilon: 1e-12,
    statistics: 'imagenet',
  },
  { name: 'ViT', isOne: () => true, statistics: 'half' },
];

/** @param tensors under the names of `nameTransformer` */
export function familyOf(tensors: NamedArrays, facts: TransformerFacts): Family {
  const names = Object.keys(tensors);
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  return families.find(({ isOne }) => isOne(has, facts))!;
}

/** How the code that a checkpoint comes from fits its table of positions to other sizes. */
export function tableResizeOf(
  origin: Origin,
  { name }: Family,
  tensors: NamedArrays,
): Exclude<Interpolation, 'bilinear'> {
  const hasRegisters = 'reg_token' in tensors;
  if (origin === 'transformers') return name === 'DINOv2' && hasRegisters ? 'bicubic' : 'bicubic-plain';
  if (origin === 'meta' && name === 'DINOv2') return hasRegisters ? 'bicubic' : 'bicubic-offset';
  return origin === 'mmpretrain' ? 'bicubic-plain' : 'bicubic';
}
