import type { Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { ModelImage, Parameters } from './image-model.js';
import { layerNorm } from './layers/layer-norm.js';
import { embedImage, mergePatches, type TokenGrid } from './layers/patch-embedding.js';
import { type Grid, repeatGridTable, resizeGridTable } from './layers/position-table.js';
import { repeatForBatch } from './layers/tokens.js';
import { parameter } from './parameters.js';
import type { VisionLongformerConfig } from './vil-config.js';
import { partsOf } from './vil-config.js';
import type { StagePlan } from './vision-longformer-shapes.js';

/**
 * The tokens a stage starts from: its learned global tokens, then a token for each patch, with absolute
 * positions where the stage has them. The layer norm after the patch embedding is for the local tokens alone.
 *
 * @param image what the model sees for the first stage, else tokens [batch, rows, columns, channels]
 * @returns tokens [batch, G + rows * columns, width]
 */
export function embedStage(
  parameters: Parameters,
  plan: StagePlan,
  config: VisionLongformerConfig,
  image: ModelImage,
): TokenGrid {
  const prefix = `${plan.name}.0`;
  const projection = `${prefix}.proj`;
  const embedded =
    plan.firstBlock === 0
      ? embedImage(parameters, projection, image)
      : mergePatches(parameters, projection, image as Tensor4D);
  const { tokens: patches, rows, columns } = embedded;
  const parts = partsOf(config);
  const hasTable = plan.hasAbsolutePositions && config.positionTable !== 'none';
  let tokens = config.normEmbed ? layerNorm(parameters, `${prefix}.norm_embed`, patches, parts) : patches;
  if (hasTable) {
    tokens = tf.add(tokens, localPositions(parameters, plan, config, [rows, columns]));
  }
  if (plan.globals > 0) {
    tokens = tf.concat(
      [repeatForBatch(globalTokens(parameters, plan, hasTable), patches.shape[0]), tokens],
      1,
    );
  }
  if (parts.preNorm) tokens = layerNorm(parameters, `${prefix}.norm_pre`, tokens, parts);
  return { tokens, rows, columns };
}

function globalTokens(parameters: Parameters, plan: StagePlan, hasTable: boolean): Tensor3D {
  const tokens = parameter<Tensor3D>(parameters, `${plan.name}.0.cls_token`);
  if (!hasTable) return tokens;
  return tf.add(tokens, parameter(parameters, `${plan.name}.0.cls_pos_embed`));
}

/**
 * Absolute positions of a grid of tokens, [1, rows * columns, width]. Tables made for another grid are
 * interpolated: those of rows and of columns linearly, as the original does when it loads them; a ViT's table
 * bicubically, as its family does, unless it repeats.
 */
function localPositions(
  parameters: Parameters,
  { name, width, tableGrid }: StagePlan,
  config: VisionLongformerConfig,
  grid: Grid,
): Tensor3D {
  const { positionTable } = config;
  if (positionTable === 'repeated') {
    return repeatGridTable(parameter(parameters, `${name}.0.pos_embed`), tableGrid, grid);
  }
  if (positionTable === 'full') {
    const { tableResize } = partsOf(config);
    return resizeGridTable(parameter(parameters, `${name}.0.pos_embed`), tableGrid, grid, tableResize);
  }
  const [rows, columns] = grid;
  const xTable = parameter(parameters, `${name}.0.x_pos_embed`);
  const yTable = parameter(parameters, `${name}.0.y_pos_embed`);
  const byRow = resizeGridTable(xTable, [tableGrid[0], 1], [rows, 1], 'bilinear');
  const byColumn = resizeGridTable(yTable, [1, tableGrid[1]], [1, columns], 'bilinear');
  const half = width / 2;
  const spread = tf.zeros([rows, columns, half]);
  const both = tf.concat(
    [
      tf.add<Tensor3D>(tf.reshape(byRow, [rows, 1, half]), spread),
      tf.add<Tensor3D>(tf.reshape(byColumn, [1, columns, half]), spread),
    ],
    2,
  );
  return tf.reshape(both, [1, rows * columns, width]);
}
