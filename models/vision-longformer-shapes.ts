import type { StageConfig } from './architecture.js';
import { parseArchitecture } from './architecture.js';
import type { ParameterShapes } from './image-model.js';
import { biasShapes, linearShapes, windowedSelfAttentionShapes } from './layers/attention-shapes.js';
import { mlpShapes } from './layers/mlp.js';
import type { Grid } from './layers/position-table.js';
import type { VisionLongformerConfig } from './vil-config.js';
import { partsOf } from './vil-config.js';

/** A stage with what the configuration's image size and the stages before it fix. */
export interface StagePlan extends StageConfig {
  /** Prefix of the stage's weights, `layer1` to `layer4`. */
  readonly name: string;
  /** Channels of the image it takes: 3, or the width of the stage before. */
  readonly channels: number;
  /** Grid of tokens that its position and full-attention bias tables are made for. */
  readonly tableGrid: Grid;
  /** Blocks in the stages before it. */
  readonly firstBlock: number;
}

export function planStages(config: VisionLongformerConfig): StagePlan[] {
  const plans: StagePlan[] = [];
  for (const [index, stage] of parseArchitecture(config.arch).entries()) {
    const before = plans.at(-1);
    const [rows, columns] = before?.tableGrid ?? config.imageSize;
    plans.push({
      ...stage,
      name: `layer${index + 1}`,
      channels: before?.width ?? 3,
      tableGrid: [Math.floor(rows / stage.patch), Math.floor(columns / stage.patch)],
      firstBlock: before ? before.firstBlock + before.blocks : 0,
    });
  }
  return plans;
}

/** All weights under the official names and in their order, those that layers share listed once. */
export function vilShapes(config: VisionLongformerConfig): ParameterShapes {
  const plans = planStages(config);
  const width = plans.at(-1)!.width;
  return {
    ...Object.assign({}, ...plans.map((plan) => stageShapes(plan, config))),
    ...(partsOf(config).poolNorm !== 'none' && normShapes('norm', width)),
    ...poolShapes(config, width),
    ...(config.classes > 0 && linearShapes('head', config.classes, featureWidth(config))),
  };
}

/** Width of what the classifier sees. */
export function featureWidth(config: VisionLongformerConfig): number {
  const { pool = ['tokens'], projection } = partsOf(config);
  return projection ?? planStages(config).at(-1)!.width * pool.length;
}

/** Weights of pooling by attention, and of the projection behind it. */
function poolShapes(config: VisionLongformerConfig, width: number): ParameterShapes {
  const { pool = [], attentionPool, projection } = partsOf(config);
  const hidden = attentionPool?.hidden;
  return {
    ...(pool.includes('attention') && {
      'pool.query': [1, 1, width],
      ...linearShapes('pool.kv', 2 * width, width),
      ...linearShapes('pool.proj', width, width),
      ...(hidden && { ...normShapes('pool.norm', width), ...mlpShapes('pool.mlp', width, hidden) }),
    }),
    ...(projection && { 'projection.weight': [projection, width * pool.length] }),
  };
}

function stageShapes(plan: StagePlan, config: VisionLongformerConfig): ParameterShapes {
  const parts = partsOf(config);
  const hidden = parts.hidden ?? 4 * plan.width;
  const blocks = Array.from({ length: plan.blocks }, (_, block): ParameterShapes => {
    const attention = `${plan.name}.${2 * block + 1}`;
    const mlp = `${plan.name}.${2 * block + 2}`;
    return {
      ...normShapes(`${attention}.norm`, plan.width),
      ...attentionShapes(`${attention}.attn`, plan, config),
      ...normShapes(`${mlp}.norm`, plan.width),
      ...mlpShapes(`${mlp}.mlp`, plan.width, hidden, parts),
    };
  });
  return { ...embeddingShapes(`${plan.name}.0`, plan, config), ...Object.assign({}, ...blocks) };
}

function embeddingShapes(
  prefix: string,
  { globals, width, channels, patch, hasAbsolutePositions, tableGrid: [rows, columns] }: StagePlan,
  config: VisionLongformerConfig,
): ParameterShapes {
  const { positionTable, normEmbed } = config;
  const hasTable = hasAbsolutePositions && positionTable !== 'none';
  const separable = {
    [`${prefix}.x_pos_embed`]: [1, rows, width / 2],
    [`${prefix}.y_pos_embed`]: [1, columns, width / 2],
  };
  const full = { [`${prefix}.pos_embed`]: [1, rows * columns, width] };
  return {
    ...(globals > 0 && { [`${prefix}.cls_token`]: [1, globals, width] }),
    ...(globals > 0 && hasTable && { [`${prefix}.cls_pos_embed`]: [1, globals, width] }),
    ...(hasTable && (positionTable === 'separable' ? separable : full)),
    [`${prefix}.proj.weight`]: [width, channels, patch, patch],
    [`${prefix}.proj.bias`]: [width],
    ...(normEmbed && normShapes(`${prefix}.norm_embed`, width)),
    ...(partsOf(config).preNorm && normShapes(`${prefix}.norm_pre`, width)),
  };
}

function attentionShapes(prefix: string, plan: StagePlan, config: VisionLongformerConfig): ParameterShapes {
  const { width, heads, globals } = plan;
  const hasRelativeBias = !plan.hasAbsolutePositions;
  if (plan.isSparse) {
    const { shareGlobalProjections } = config;
    return windowedSelfAttentionShapes(prefix, { ...plan, hasRelativeBias, shareGlobalProjections });
  }
  const [rows, columns] = plan.tableGrid;
  return {
    ...(hasRelativeBias && biasShapes(prefix, heads, globals, (2 * rows - 1) * (2 * columns - 1))),
    ...linearShapes(`${prefix}.qkv`, 3 * width, width),
    ...linearShapes(`${prefix}.proj`, width, width),
  };
}

function normShapes(name: string, width: number): ParameterShapes {
  return { [`${name}.weight`]: [width], [`${name}.bias`]: [width] };
}
