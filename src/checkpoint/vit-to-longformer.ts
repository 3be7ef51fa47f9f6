import type { VisionLongformerConfig } from '../../models/vil-config.js';
import { vilConfigSchema } from '../../models/vil-config.js';
import type { TransformerParts } from '../../models/vil-parts.js';
import { partsSchema } from '../../models/vil-parts.js';
import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import { splitRows } from './fold-scales.js';
import { denseBias, windowBias } from './relative-bias.js';
import type { TransformerCheckpoint } from './transformer-checkpoint.js';
import type { VitCheckpoint } from './vit-checkpoint.js';
import { ofPlainVit } from './vit-checkpoint.js';

export interface WindowingOptions {
  /** Side of a chunk in tokens; absent: dense attention. */
  readonly window?: number;
  /** Global tokens use the projections of the local ones instead of copies that can be fine-tuned apart. */
  readonly shareGlobalProjections?: boolean;
}

/** The result of a conversion. */
export interface LongformerCheckpoint {
  readonly config: VisionLongformerConfig;
  readonly weights: NamedArrays;
}

/**
 * Turns a vision transformer into a Vision Longformer of one stage, by the recipe of Longformer (Beltagy et al. 2020, section
 * 5): all weights are copied; class token and registers become global tokens; the projections of the global tokens start as
 * copies of the local ones, or are the same. The table of positions is copied too: the model interpolates it to the grid of
 * each image, as the transformer does; rotary positions need none, and tables of relative positions are cut to the window.
 *
 * With a window that spans the grid of tokens, or without one, the model computes what the transformer did.
 *
 * @throws UserError when the window is none
 */
export function transformerToLongformer(
  vit: TransformerCheckpoint,
  options: WindowingOptions = {},
): LongformerCheckpoint {
  const { window, shareGlobalProjections = false } = options;
  const config = longformerConfig(vit, window, shareGlobalProjections);
  const globalCopies = window !== undefined && !shareGlobalProjections && vit.globals > 0;
  const blocks = Array.from({ length: vit.depth }, (_, block) =>
    blockWeights(vit, block, window, globalCopies),
  );
  const ending = Object.entries(vit.weights).filter(([name]) => /^(norm|pool|projection|head)\./.test(name));
  const weights = Object.assign({}, embeddingWeights(vit), ...blocks, Object.fromEntries(ending));
  return { config, weights };
}

/** `transformerToLongformer` of a plain transformer. */
export function vitToLongformer(vit: VitCheckpoint, options: WindowingOptions = {}): LongformerCheckpoint {
  return transformerToLongformer(ofPlainVit(vit), options);
}

/** Nothing where all parts are those of a Vision Longformer. */
function ownParts({ parts, width }: TransformerCheckpoint): TransformerParts | undefined {
  const usual = partsSchema.parse({ hidden: 4 * width, pool: ['first'] });
  return JSON.stringify(partsSchema.parse(parts)) === JSON.stringify(usual) ? undefined : parts;
}

function longformerConfig(
  vit: TransformerCheckpoint,
  window: number | undefined,
  shareGlobalProjections: boolean,
): VisionLongformerConfig {
  if (window !== undefined && !(Number.isInteger(window) && window > 0)) {
    throw new UserError(`the window must be a positive number of tokens, not ${window}`);
  }
  const { heads, width, depth, globals, patch, classes, imageSize } = vit;
  const parts = ownParts(vit);
  const sparse = window === undefined ? 's0' : 's1';
  const absolute = vit.hasRelativeBias ? 'a0' : 'a1';
  return vilConfigSchema.parse({
    type: 'vil',
    arch: `l1,h${heads},d${width},n${depth},${sparse},g${globals},p${patch},f${window ?? 7},${absolute}`,
    classes,
    imageSize,
    shareGlobalProjections,
    normEmbed: vit.hasEmbeddingNorm,
    positionTable: vit.hasTable ? 'full' : 'none',
    ...(parts && { parts }),
  });
}

const embeddingNames: Readonly<Record<string, string>> = {
  tokens: 'layer1.0.cls_token',
  token_positions: 'layer1.0.cls_pos_embed',
  positions: 'layer1.0.pos_embed',
  'patch_embed.proj.weight': 'layer1.0.proj.weight',
  'patch_embed.proj.bias': 'layer1.0.proj.bias',
  'patch_embed.norm.weight': 'layer1.0.norm_embed.weight',
  'patch_embed.norm.bias': 'layer1.0.norm_embed.bias',
  'norm_pre.weight': 'layer1.0.norm_pre.weight',
  'norm_pre.bias': 'layer1.0.norm_pre.bias',
};

function embeddingWeights({ weights }: TransformerCheckpoint): Record<string, NamedArray> {
  const entries = Object.entries(embeddingNames).flatMap(([name, to]) => {
    const tensor = weights[name];
    return tensor ? [[to, tensor] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** A block of the transformer is two of Vision Longformer: attention at 2j + 1, MLP at 2j + 2, each with its norm. */
function blockWeights(
  vit: TransformerCheckpoint,
  block: number,
  window: number | undefined,
  globalCopies: boolean,
): Record<string, NamedArray> {
  const { weights, width } = vit;
  const [first, second] = [`layer1.${2 * block + 1}`, `layer1.${2 * block + 2}`];
  const result: Record<string, NamedArray> = {};
  for (const part of ['weight', 'bias']) {
    const of = (name: string) => weights[`blocks.${block}.${name}.${part}`];
    const attention = (name: string) => `${first}.attn.${name}.${part}`;
    result[`${first}.norm.${part}`] = of('norm1')!;
    if (window !== undefined) {
      const [query, keyValue] = splitRows(of('attn.qkv')!, width);
      for (const suffix of globalCopies ? ['', '_global'] : ['']) {
        result[attention(`query${suffix}`)] = query;
        result[attention(`kv${suffix}`)] = keyValue;
        result[attention(`proj${suffix}`)] = of('attn.proj')!;
      }
    } else {
      result[attention('qkv')] = of('attn.qkv')!;
      result[attention('proj')] = of('attn.proj')!;
    }
    result[`${second}.norm.${part}`] = of('norm2')!;
    for (const layer of ['gate', 'fc1', 'norm', 'fc2']) {
      const tensor = of(`mlp.${layer}`);
      if (tensor) result[`${second}.mlp.${layer}.${part}`] = tensor;
    }
  }
  const table = weights[`blocks.${block}.attn.relative_position_bias_table`];
  if (!table) return result;
  const bias = window === undefined ? denseBias(vit, table) : windowBias(vit, table, window);
  const named = Object.entries(bias).map(([name, array]) => [`${first}.attn.${name}`, array] as const);
  return { ...result, ...Object.fromEntries(named) };
}
