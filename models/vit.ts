import type { Tensor2D, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type {
  BackboneModel,
  Embedding,
  ForwardOptions,
  ForwardResult,
  ModelImage,
  ParameterShapes,
  Parameters,
} from './image-model.js';
import { linearShapes } from './layers/attention-shapes.js';
import { layerNorm } from './layers/layer-norm.js';
import { linear } from './layers/linear.js';
import { mlp, mlpShapes } from './layers/mlp.js';
import { embedImage } from './layers/patch-embedding.js';
import type { Grid } from './layers/position-table.js';
import { resizeGridTable } from './layers/position-table.js';
import { addResidual, BlockHalf } from './layers/residual.js';
import { firstTokensAttention, projections, selfAttention } from './layers/self-attention.js';
import { firstTokens, repeatForBatch } from './layers/tokens.js';
import { parameter } from './parameters.js';
import { classify, embeddingOf } from './pooling.js';
import type { VitConfig } from './vit-config.js';

/**
 * The plain vision transformer (Dosovitskiy et al. 2021, sizes of DeiT): class token, dense attention,
 * pre-norm blocks, weights under timm's names. The baseline that Vision Longformer is compared with.
 *
 * Takes images of any size; its position table is interpolated as `tableResize` says.
 */
export function visionTransformer(config: VitConfig): BackboneModel<VitConfig> {
  return {
    config,
    parameterShapes: vitShapes(config),
    stride: config.patch,
    forward: (parameters, image, options = {}) => forward(config, parameters, image, options),
    embed: (parameters, image) => embed(config, parameters, image),
    pyramid: (parameters, image, options = {}) => [encode(config, parameters, image, options).map],
  };
}

/** The grid of tokens that the position table was made for. */
export function vitGrid({ imageSize, patch }: Pick<VitConfig, 'imageSize' | 'patch'>): Grid {
  return [Math.floor(imageSize[0] / patch), Math.floor(imageSize[1] / patch)];
}

function vitShapes(config: VitConfig): ParameterShapes {
  const { width, patch, depth, classes, mlpRatio } = config;
  const [rows, columns] = vitGrid(config);
  const blocks = Array.from({ length: depth }, (_, block) => blockShapes(`blocks.${block}`, width, mlpRatio));
  return {
    cls_token: [1, 1, width],
    pos_embed: [1, 1 + rows * columns, width],
    'patch_embed.proj.weight': [width, 3, patch, patch],
    'patch_embed.proj.bias': [width],
    ...Object.assign({}, ...blocks),
    'norm.weight': [width],
    'norm.bias': [width],
    ...(classes > 0 && linearShapes('head', classes, width)),
  };
}

function blockShapes(prefix: string, width: number, mlpRatio: number): ParameterShapes {
  return {
    [`${prefix}.norm1.weight`]: [width],
    [`${prefix}.norm1.bias`]: [width],
    [`${prefix}.attn.qkv.weight`]: [3 * width, width],
    [`${prefix}.attn.qkv.bias`]: [3 * width],
    [`${prefix}.attn.proj.weight`]: [width, width],
    [`${prefix}.attn.proj.bias`]: [width],
    [`${prefix}.norm2.weight`]: [width],
    [`${prefix}.norm2.bias`]: [width],
    ...mlpShapes(`${prefix}.mlp`, width, Math.floor(width * mlpRatio)),
  };
}

function forward(
  config: VitConfig,
  parameters: Parameters,
  image: ModelImage,
  options: ForwardOptions,
): ForwardResult {
  const { width, classes } = config;
  const { tokens, map } = encode(config, parameters, image, options);
  const batch = tokens.shape[0];
  // A layer norm sees one token at a time: only the class token's is needed.
  const classToken = layerNorm(parameters, 'norm', tf.slice3d(tokens, [0, 0, 0], [batch, 1, width]));
  const features = tf.reshape(classToken, [batch, width]) as Tensor2D;
  return { logits: classify(parameters, features, classes), features, pyramid: [map] };
}

function embed(config: VitConfig, parameters: Parameters, image: ModelImage): Embedding {
  const { tokens, map } = encode(config, parameters, image, {});
  const normed = layerNorm(parameters, 'norm', tokens);
  const features = tf.reshape(firstTokens(normed, 1), [tokens.shape[0], config.width]) as Tensor2D;
  return embeddingOf(normed, features, 1, true, map.shape);
}

/** All tokens behind the last block, and those of the patches as an image. */
function encode(
  config: VitConfig,
  parameters: Parameters,
  image: ModelImage,
  options: ForwardOptions,
): { tokens: Tensor3D; map: Tensor4D } {
  const { width, depth } = config;
  const { tokens: embedded, grid } = embedTokens(config, parameters, image);
  let tokens = embedded;
  const batch = tokens.shape[0];
  for (let block = 0; block < depth; block++) tokens = runBlock(config, parameters, tokens, block, options);
  const local = tf.slice3d(tokens, [0, 1, 0], [batch, grid[0] * grid[1], width]);
  return { tokens, map: tf.reshape(local, [batch, grid[0], grid[1], width]) };
}

/** The class token and the patches behind it, each with its position added. */
function embedTokens(
  config: VitConfig,
  parameters: Parameters,
  image: ModelImage,
): { tokens: Tensor3D; grid: Grid } {
  const { tokens, rows, columns } = embedImage(parameters, 'patch_embed.proj', image);
  const tableGrid = vitGrid(config);
  const table = parameter<Tensor3D>(parameters, 'pos_embed');
  const [classPosition, positions] = tf.split<Tensor3D>(table, [1, tableGrid[0] * tableGrid[1]], 1) as [
    Tensor3D,
    Tensor3D,
  ];
  const resized = resizeGridTable(positions, tableGrid, [rows, columns], config.tableResize ?? 'bicubic');
  const classToken: Tensor3D = tf.add(parameter<Tensor3D>(parameters, 'cls_token'), classPosition);
  const classTokens = repeatForBatch(classToken, tokens.shape[0]);
  const patches: Tensor3D = tf.add(tokens, resized);
  return { tokens: tf.concat([classTokens, patches], 1), grid: [rows, columns] };
}

function runBlock(
  { heads, depth }: VitConfig,
  parameters: Parameters,
  x: Tensor3D,
  block: number,
  options: ForwardOptions,
): Tensor3D {
  const name = `blocks.${block}`;
  const qkv = projections(
    linear(parameters, `${name}.attn.qkv`, layerNorm(parameters, `${name}.norm1`, x)),
    heads,
  );
  if (options.capture && block === depth - 1) {
    options.capture('globalAttention', firstTokensAttention(qkv, heads, 1));
  }
  const attended = linear(parameters, `${name}.attn.proj`, selfAttention(qkv, heads));
  const middle = addResidual(x, attended, options, block, BlockHalf.attention);
  const transformed = mlp(parameters, `${name}.mlp`, layerNorm(parameters, `${name}.norm2`, middle));
  return addResidual(middle, transformed, options, block, BlockHalf.mlp);
}
