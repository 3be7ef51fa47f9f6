import { vitGrid } from '../../models/vit.js';
import type { VitConfig } from '../../models/vit-config.js';
import { vitConfigSchema } from '../../models/vit-config.js';
import { UserError } from '../base/errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { concatRows } from './hugging-face-names.js';
import { resizeGridArray } from './resize-table.js';
import { toTimmNames } from './timm-names.js';

/** A plain vision transformer: its weights under timm's names. */
export interface VitCheckpoint {
  readonly config: VitConfig;
  readonly weights: NamedArrays;
}

/** What tensors do not show of a vision transformer; absent where it is not known. */
export interface VitFacts {
  readonly heads?: number;
  /** Height and width in pixels that the table of positions was made for. */
  readonly tableSize?: readonly [number, number];
}

/** Numbers of heads of the published sizes; the tensors do not show them. */
const headsByWidth: Readonly<Record<number, number>> = {
  192: 3,
  384: 6,
  768: 12,
  1024: 16,
  1280: 16,
  1408: 16,
  1664: 16,
};

/** Whether tensors are those of a plain vision transformer, under any of the names that are known. */
export function isVitCheckpoint(names: readonly string[]): boolean {
  return names.some((name) =>
    /^(patch_embed\.proj(ection)?|conv_proj|(?:.*\.)?patch_embeddings\.projection)\.weight$/.test(name),
  );
}

/**
 * Infers the configuration of a plain vision transformer from its tensors and brings them under timm's names.
 * @param tensors under the names of timm (`blocks.0.attn.qkv.weight`), Hugging Face
 *   (`vit.encoder.layer.0.attention.attention.query.weight`), torchvision or mmpretrain
 * @param facts number of heads, needed for widths that no published model has; the size that the table of positions was
 *   made for, needed where it is not square
 * @throws UserError for distilled models, for models without a classifier, and when the number of heads or the image size
 *   cannot be told; whether all tensors are there and fit is left to the check against the model
 */
export function readVitCheckpoint(
  tensors: NamedArrays,
  source: string,
  facts: VitFacts = {},
): VitCheckpoint & { readonly notes: readonly string[] } {
  const weights = withQueryBias(toTimmNames(tensors));
  refuseOtherModels(weights, source);
  const shape = (name: string) => {
    const tensor = weights[name];
    if (!tensor) throw new UserError(`${source}: the tensor ${name} is missing`);
    return tensor.shape;
  };
  const [width = 0, , patch = 0] = shape('patch_embed.proj.weight');
  const heads = facts.heads ?? publishedHeads(width, source);
  const imageSize = tableSize(shape('pos_embed'), patch, facts.tableSize, source);
  const config = vitConfigSchema.safeParse({
    type: 'vit',
    patch,
    width,
    depth: Object.keys(weights).filter((name) => /^blocks\.\d+\.norm1\.weight$/.test(name)).length,
    heads,
    classes: shape('head.weight')[0],
    imageSize,
    mlpRatio: (shape('blocks.0.mlp.fc1.weight')[0] ?? 0) / width,
  });
  if (!config.success) {
    const issues = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UserError(`${source} is no vision transformer that this program knows: ${issues.join('; ')}`);
  }
  const notes =
    facts.heads === undefined
      ? [`The number of heads, ${heads}, was guessed from the width ${width}. Give another with --heads.`]
      : [];
  return { config: config.data, weights, notes };
}

/** Attention without biases of queries, keys and values is attention with zeros for them. */
function withQueryBias(weights: NamedArrays): NamedArrays {
  const missing = Object.entries(weights).flatMap(([name, { shape }]) => {
    const bias = name.replace(/\.attn\.qkv\.weight$/, '.attn.qkv.bias');
    if (bias === name || bias in weights) return [];
    return [[bias, { shape: [shape[0]!], data: new Float32Array(shape[0]!) }] as const];
  });
  return { ...weights, ...Object.fromEntries(missing) };
}

function publishedHeads(width: number, source: string): number {
  const heads = headsByWidth[width];
  if (heads) return heads;
  throw new UserError(
    `${source}: no published model has the width ${width}, and its number of heads cannot be seen in the tensors. ` +
      'Give it with --heads.',
  );
}

/**
 * Interpolates the table of positions to another image size; the class token's position stays.
 * @param imageSize height and width in pixels
 * @returns the model itself when it has that size
 * @throws UserError when the size is no multiple of the patch
 */
export function resizeVitPositions(vit: VitCheckpoint, imageSize: readonly [number, number]): VitCheckpoint {
  if (String(imageSize) === String(vit.config.imageSize)) return vit;
  const { width, patch } = vit.config;
  if (imageSize.some((side) => side < patch || side % patch !== 0)) {
    throw new UserError(
      `the image size ${imageSize.join(' x ')} must be a multiple of the model's patch, ${patch}`,
    );
  }
  const config: VitConfig = { ...vit.config, imageSize: [...imageSize] };
  const { data } = vit.weights.pos_embed!;
  const local = resizeGridArray(data.subarray(width), vitGrid(vit.config), vitGrid(config), 'bicubic');
  const [rows, columns] = vitGrid(config);
  const positions = concatRows([
    { shape: [1, width], data: data.slice(0, width) },
    { shape: [rows * columns, width], data: local },
  ]);
  const table = { shape: [1, ...positions.shape], data: positions.data };
  return { config, weights: { ...vit.weights, pos_embed: table } };
}

function refuseOtherModels(weights: NamedArrays, source: string): void {
  if ('dist_token' in weights) {
    throw new UserError(
      `${source} is a DeiT with a distillation token, a second one beside the class token, which this model does not ` +
        'have. Convert the DeiT of the same size without distillation.',
    );
  }
  if (!('head.weight' in weights)) {
    throw new UserError(
      `${source} is a vision transformer without a classifier (head.weight): convert a checkpoint fine-tuned for ` +
        'classification.',
    );
  }
}

/** Image size behind a table of positions [1, 1 + rows * columns, width]. */
function tableSize(
  shape: readonly number[],
  patch: number,
  known: readonly [number, number] | undefined,
  source: string,
): [number, number] {
  const cells = (shape[1] ?? 0) - 1;
  if (known) {
    const [rows, columns] = known.map((side) => Math.floor(side / patch)) as [number, number];
    if (rows * columns === cells) return [rows * patch, columns * patch];
  }
  const side = Math.sqrt(cells);
  if (Number.isInteger(side) && side > 0) return [side * patch, side * patch];
  throw new UserError(
    `${source}: pos_embed has shape [${shape}], which is not a class token and a square grid of positions. If the grid is ` +
      'not square, name the size of image it was made for in a config.json beside the file ({"image_size": [height, width]}).',
  );
}
