import { vitGrid } from '../../models/vit.js';
import type { VitConfig } from '../../models/vit-config.js';
import { vitConfigSchema } from '../../models/vit-config.js';
import { UserError } from '../base/errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { concatRows, huggingFaceToTimm } from './hugging-face-names.js';
import { resizeGridArray } from './resize-table.js';

/** A plain vision transformer: its weights under timm's names. */
export interface VitCheckpoint {
  readonly config: VitConfig;
  readonly weights: NamedArrays;
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

/** Whether tensors are those of a plain vision transformer, under timm's or Hugging Face's names. */
export function isVitCheckpoint(names: readonly string[]): boolean {
  return names.some(
    (name) => name === 'patch_embed.proj.weight' || name.endsWith('patch_embeddings.projection.weight'),
  );
}

/**
 * Infers the configuration of a plain vision transformer from its tensors and brings them under timm's names.
 * @param tensors under timm's names (`blocks.0.attn.qkv.weight`) or Hugging Face's
 *   (`vit.encoder.layer.0.attention.attention.query.weight`)
 * @param heads needed for widths that no published model has
 * @throws UserError for distilled models, for models without a classifier, and when the number of heads or the image size
 *   cannot be told; whether all tensors are there and fit is left to the check against the model
 */
export function readVitCheckpoint(
  tensors: NamedArrays,
  source: string,
  options: { readonly heads?: number } = {},
): VitCheckpoint {
  const weights = huggingFaceToTimm(tensors);
  refuseOtherModels(weights, source);
  const shape = (name: string) => {
    const tensor = weights[name];
    if (!tensor) throw new UserError(`${source}: the tensor ${name} is missing`);
    return tensor.shape;
  };
  const [width = 0, , patch = 0] = shape('patch_embed.proj.weight');
  const heads = options.heads ?? publishedHeads(width, source);
  const side = squareSide(shape('pos_embed'), source) * patch;
  const config = vitConfigSchema.safeParse({
    type: 'vit',
    patch,
    width,
    depth: Object.keys(weights).filter((name) => /^blocks\.\d+\.norm1\.weight$/.test(name)).length,
    heads,
    classes: shape('head.weight')[0],
    imageSize: [side, side],
    mlpRatio: (shape('blocks.0.mlp.fc1.weight')[0] ?? 0) / width,
  });
  if (!config.success) {
    const issues = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UserError(`${source} is no vision transformer that this program knows: ${issues.join('; ')}`);
  }
  return { config: config.data, weights };
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
      `${source} is a distilled DeiT: it averages two classifiers on two tokens, which this model does not have. ` +
        'Convert the DeiT of the same size without distillation.',
    );
  }
  if (!('head.weight' in weights)) {
    throw new UserError(
      `${source} has no classifier (head.weight): convert a checkpoint fine-tuned for classification.`,
    );
  }
}

/** Side of the square grid behind a table of positions [1, 1 + side * side, width]. */
function squareSide(shape: readonly number[], source: string): number {
  const side = Math.sqrt((shape[1] ?? 0) - 1);
  if (Number.isInteger(side) && side > 0) return side;
  throw new UserError(
    `${source}: pos_embed has shape [${shape}], which is not a class token and a square grid of positions`,
  );
}
