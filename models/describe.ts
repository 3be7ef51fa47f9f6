import { UserError } from '../src/base/errors.js';
import { elementCount } from '../src/tensor/named-arrays.js';
import { detectionHeadMacs } from './detection/head-cost.js';
import { BACKBONE, backboneStages } from './detector.js';
import type { ParameterShapes } from './image-model.js';
import type { Grid } from './layers/position-table.js';
import { type ModelConfig, parameterShapesOf } from './model-config.js';
import type { VisionLongformerConfig } from './vil-config.js';
import { partsOf } from './vil-config.js';
import { featureWidth, planStages, type StagePlan } from './vision-longformer-shapes.js';
import { vitGrid } from './vit.js';
import type { VitConfig } from './vit-config.js';

/** Size and cost of one stage. */
export interface StageDescription {
  readonly name: string;
  readonly grid: Grid;
  readonly globals: number;
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
  /** Side of the attention windows, or `full`. */
  readonly attention: number | 'full';
  readonly parameters: number;
  /** Multiply-accumulate operations of the local tokens, patch embedding included. */
  readonly macs: number;
  /** Those of the global tokens' own rows of each block. */
  readonly globalMacs: number;
}

export interface ModelDescription {
  readonly imageSize: readonly [height: number, width: number];
  readonly stages: readonly StageDescription[];
  /** Final layer norm and classifier, or pyramid and head of a detector. */
  readonly head: { readonly parameters: number; readonly macs: number };
  readonly parameters: number;
  /**
   * Of one image, as published figures count them: matrix products of the local tokens and the classifier,
   * without the padding of windows, and without the global tokens' own rows.
   */
  readonly macs: number;
  /** What the global tokens' own rows add to that. */
  readonly globalMacs: number;
}

/**
 * Parameters and cost of a model by stage.
 * @param imageSize height and width in pixels of the image the cost is for
 * @throws UserError when the image is smaller than one token of the last stage
 */
export function describeModel(
  config: ModelConfig,
  imageSize: readonly [number, number] = config.type === 'detector' ? DETECTION_SIZE : config.imageSize,
): ModelDescription {
  const shapes = parameterShapesOf(config);
  const backbone = config.type === 'detector' ? config.backbone : config;
  const prefix = config.type === 'detector' ? BACKBONE : '';
  const costs = backbone.type === 'vil' ? vilCosts(backbone, imageSize) : [vitCosts(backbone, imageSize)];
  const stages = costs.map(({ prefixes, ...stage }) => ({
    ...stage,
    parameters: countParameters(shapes, (name) => prefixes.some((each) => name.startsWith(prefix + each))),
  }));
  const parameters = countParameters(shapes, () => true);
  const headParameters = parameters - sum(stages.map((stage) => stage.parameters));
  const head = { parameters: headParameters, macs: headMacs(config, stages.at(-1)!.width, imageSize) };
  return {
    imageSize,
    stages,
    head,
    parameters,
    macs: sum(stages.map(({ macs }) => macs)) + head.macs,
    globalMacs: sum(stages.map(({ globalMacs }) => globalMacs)),
  };
}

/** Detectors take images of any size; costs are given for this one unless another is asked for. */
const DETECTION_SIZE = [1024, 1024] as const;

function headMacs(config: ModelConfig, width: number, imageSize: readonly [number, number]): number {
  if (config.type === 'vil') return featureWidth(config) * config.classes;
  if (config.type === 'vit') return width * config.classes;
  const stages = backboneStages(config.backbone);
  return detectionHeadMacs(config, stages, parameterShapesOf(config), imageSize);
}

/** A stage without its parameters, which are those whose names start with one of `prefixes`. */
type StageCost = Omit<StageDescription, 'parameters'> & { readonly prefixes: readonly string[] };

function vilCosts(config: VisionLongformerConfig, imageSize: readonly [number, number]): StageCost[] {
  const plans = planStages({ ...config, imageSize: [...imageSize] });
  const coarsest = plans.at(-1)!.tableGrid;
  if (Math.min(...coarsest) < 1) {
    throw new UserError(
      `An image of ${imageSize.join('x')} is too small: nothing is left of it in the last stage`,
    );
  }
  return plans.map((plan) => {
    const tokens = plan.tableGrid[0] * plan.tableGrid[1];
    const keys = plan.isSparse ? windowKeys(plan, config) : tokens + plan.globals;
    const separate = plan.isSparse && !config.shareGlobalProjections;
    const { gated, hidden = 4 * plan.width } = partsOf(config);
    // A gated layer is another one of the hidden width.
    const block = blockMacs({ ...plan, tokens, keys, hidden: gated ? 1.5 * hidden : hidden, separate });
    return {
      name: plan.name,
      prefixes: [`${plan.name}.`],
      grid: plan.tableGrid,
      globals: plan.globals,
      width: plan.width,
      heads: plan.heads,
      blocks: plan.blocks,
      attention: plan.isSparse ? plan.window : 'full',
      macs: tokens * plan.channels * plan.patch ** 2 * plan.width + plan.blocks * block.local,
      globalMacs: plan.blocks * block.global,
    };
  });
}

function vitCosts(config: VitConfig, imageSize: readonly [number, number]): StageCost {
  const { patch, width, heads, depth, mlpRatio } = config;
  const grid = vitGrid({ patch, imageSize: [...imageSize] });
  const tokens = grid[0] * grid[1];
  const hidden = Math.floor(width * mlpRatio);
  const block = blockMacs({ tokens, globals: 1, keys: tokens + 1, width, hidden, separate: false });
  return {
    name: 'blocks',
    prefixes: ['blocks.', 'patch_embed.', 'cls_token', 'pos_embed'],
    grid,
    globals: 1,
    width,
    heads,
    blocks: depth,
    attention: 'full',
    macs: tokens * 3 * patch ** 2 * width + depth * block.local,
    globalMacs: depth * block.global,
  };
}

/** Number of keys that a local query in the middle of a large image sees. */
function windowKeys(
  { window, globals }: StagePlan,
  { exact, mode, onlyGlobal }: VisionLongformerConfig,
): number {
  if (onlyGlobal) return globals;
  if (exact === 'distance') return (2 * window + 1) ** 2 + globals;
  const chunks = mode === 'own' ? 1 : 9;
  return chunks * window ** 2 + globals;
}

interface BlockForm {
  readonly tokens: number;
  readonly globals: number;
  readonly keys: number;
  readonly width: number;
  readonly hidden: number;
  /** The global queries have keys and values of their own, of all tokens. */
  readonly separate: boolean;
}

/** Four projections, the two products of attention, and the MLP. */
function blockMacs({ tokens, globals, keys, width, hidden, separate }: BlockForm): {
  local: number;
  global: number;
} {
  const perToken = 4 * width ** 2 + 2 * width * hidden;
  const globalKeys = separate ? 2 * (tokens + globals) * width ** 2 : 0;
  return {
    local: tokens * (perToken + 2 * keys * width),
    global: globals === 0 ? 0 : globals * (perToken + 2 * (tokens + globals) * width) + globalKeys,
  };
}

function countParameters(shapes: ParameterShapes, isCounted: (name: string) => boolean): number {
  const counted = Object.entries(shapes).filter(([name]) => isCounted(name));
  return sum(counted.map(([, shape]) => elementCount(shape)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
