import type { VisionLongformerConfig } from '../../models/vil-config.js';
import type { VitConfig } from '../../models/vit-config.js';
import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import type { VitCheckpoint } from './vit-checkpoint.js';

export interface WindowingOptions {
  /** Side of a chunk in tokens; absent: dense attention, for comparisons. */
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
 * Turns a plain vision transformer into a Vision Longformer of one stage, by the recipe of Longformer (Beltagy et al.
 * 2020, section 5): all weights are copied; the class token becomes the global token; the projections of the global
 * token start as copies of the local ones. The table of positions is copied too: the model interpolates it to the
 * grid of each image, as the transformer does.
 *
 * With a window that spans the grid of tokens, or without one, the model computes what the transformer did.
 *
 * @throws UserError when the window is none, or the transformer's MLPs are not four times as wide as it is
 */
export function vitToLongformer(vit: VitCheckpoint, options: WindowingOptions = {}): LongformerCheckpoint {
  const { window, shareGlobalProjections = false } = options;
  const config = longformerConfig(vit.config, window, shareGlobalProjections);
  const globalCopies = window !== undefined && !shareGlobalProjections;
  const blocks = Array.from({ length: vit.config.depth }, (_, block) => {
    return Object.entries(blockWeights(vit, block, window !== undefined, globalCopies));
  });
  const weights = Object.fromEntries([
    ...Object.entries(embeddingWeights(vit)),
    ...blocks.flat(),
    ...['norm.weight', 'norm.bias', 'head.weight', 'head.bias'].map(
      (name) => [name, vit.weights[name]!] as const,
    ),
  ]);
  return { config, weights };
}

function longformerConfig(
  { patch, heads, width, depth, classes, mlpRatio, imageSize }: VitConfig,
  window: number | undefined,
  shareGlobalProjections: boolean,
): VisionLongformerConfig {
  if (window !== undefined && !(Number.isInteger(window) && window > 0)) {
    throw new UserError(`the window must be a positive number of tokens, not ${window}`);
  }
  if (mlpRatio !== 4) {
    throw new UserError(
      `only an MLP ratio of 4 can be converted to a windowed model; this transformer has ${mlpRatio}`,
    );
  }
  const sparse = window === undefined ? 's0' : 's1';
  return {
    type: 'vil',
    arch: `l1,h${heads},d${width},n${depth},${sparse},g1,p${patch},f${window ?? 7},a1`,
    classes,
    imageSize,
    shareGlobalProjections,
    normEmbed: false,
    exact: 'chunks',
    mode: 'all',
    onlyGlobal: false,
    averagePool: false,
    positionTable: 'full',
  };
}

function embeddingWeights({ config, weights }: VitCheckpoint): Record<string, NamedArray> {
  const { width } = config;
  const { shape, data } = weights.pos_embed!;
  return {
    'layer1.0.cls_token': weights.cls_token!,
    'layer1.0.cls_pos_embed': { shape: [1, 1, width], data: data.slice(0, width) },
    'layer1.0.pos_embed': { shape: [1, shape[1]! - 1, width], data: data.slice(width) },
    'layer1.0.proj.weight': weights['patch_embed.proj.weight']!,
    'layer1.0.proj.bias': weights['patch_embed.proj.bias']!,
  };
}

/** A block of the transformer is two of Vision Longformer: attention at 2j + 1, MLP at 2j + 2, each with its norm. */
function blockWeights(
  { config, weights }: VitCheckpoint,
  block: number,
  windowed: boolean,
  globalCopies: boolean,
): Record<string, NamedArray> {
  const result: Record<string, NamedArray> = {};
  for (const part of ['weight', 'bias']) {
    const of = (name: string) => weights[`blocks.${block}.${name}.${part}`]!;
    const attention = (name: string) => `layer1.${2 * block + 1}.attn.${name}.${part}`;
    result[`layer1.${2 * block + 1}.norm.${part}`] = of('norm1');
    if (windowed) {
      const [query, keyValue] = splitRows(of('attn.qkv'), config.width);
      for (const suffix of globalCopies ? ['', '_global'] : ['']) {
        result[attention(`query${suffix}`)] = query;
        result[attention(`kv${suffix}`)] = keyValue;
        result[attention(`proj${suffix}`)] = of('attn.proj');
      }
    } else {
      result[attention('qkv')] = of('attn.qkv');
      result[attention('proj')] = of('attn.proj');
    }
    result[`layer1.${2 * block + 2}.norm.${part}`] = of('norm2');
    result[`layer1.${2 * block + 2}.mlp.fc1.${part}`] = of('mlp.fc1');
    result[`layer1.${2 * block + 2}.mlp.fc2.${part}`] = of('mlp.fc2');
  }
  return result;
}

/** Cuts an array along its first axis into the first `rows` and the rest. */
function splitRows({ shape, data }: NamedArray, rows: number): [NamedArray, NamedArray] {
  const rest = shape.slice(1);
  const cut = (rows * data.length) / shape[0]!;
  return [
    { shape: [rows, ...rest], data: data.slice(0, cut) },
    { shape: [shape[0]! - rows, ...rest], data: data.slice(cut) },
  ];
}
