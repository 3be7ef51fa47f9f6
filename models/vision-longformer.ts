import type { RotaryTables } from '../kernels/rotary.js';
import type { Rank, Tensor1D, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type {
  BackboneModel,
  Embedding,
  ForwardOptions,
  ForwardResult,
  ModelImage,
  Parameters,
} from './image-model.js';
import { fullSelfAttention } from './layers/full-self-attention.js';
import { layerNorm } from './layers/layer-norm.js';
import { mlp } from './layers/mlp.js';
import type { TokenGrid } from './layers/patch-embedding.js';
import type { Grid } from './layers/position-table.js';
import { addResidual, BlockHalf } from './layers/residual.js';
import { rotaryTables } from './layers/rotary-tables.js';
import { withoutFirstTokens } from './layers/tokens.js';
import { windowedSelfAttention } from './layers/windowed-self-attention.js';
import { classify, embeddingOf, normTokens, poolTokens } from './pooling.js';
import { embedStage } from './stage-embedding.js';
import type { VisionLongformerConfig } from './vil-config.js';
import { partsOf } from './vil-config.js';
import { planStages, type StagePlan, vilShapes } from './vision-longformer-shapes.js';

export type { VisionLongformerConfig } from './vil-config.js';

/**
 * Vision Longformer (Zhang et al., ICCV 2021) with a classifier, weights under the official names.
 *
 * Each stage embeds patches, puts its global tokens in front and runs blocks of attention and MLP; between
 * stages the global tokens are dropped and the local ones become an image again. Takes images of any size:
 * pixels beyond the last whole patch of a stage are left out, as by a strided convolution.
 */
export function visionLongformer(config: VisionLongformerConfig): BackboneModel<VisionLongformerConfig> {
  const plans = planStages(config);
  return {
    config,
    parameterShapes: vilShapes(config),
    stride: plans.reduce((product, { patch }) => product * patch, 1),
    forward: (parameters, image, options = {}) => forward({ config, plans, parameters, options }, image),
    embed: (parameters, image) => embed({ config, plans, parameters, options: {} }, image),
    pyramid: (parameters, image, options = {}) =>
      runStages({ config, plans, parameters, options }, image).pyramid,
  };
}

/** What every part of one forward pass shares. */
interface Pass {
  readonly config: VisionLongformerConfig;
  readonly plans: readonly StagePlan[];
  readonly parameters: Parameters;
  readonly options: ForwardOptions;
}

function forward(pass: Pass, image: ModelImage): ForwardResult {
  const { tokens, pyramid } = runStages(pass, image);
  const { config, plans, parameters } = pass;
  const features = poolTokens(parameters, config, plans.at(-1)!.globals, tokens);
  return { logits: classify(parameters, features, config.classes), features, pyramid };
}

function embed(pass: Pass, image: ModelImage): Embedding {
  const { tokens, pyramid } = runStages(pass, image);
  const { config, plans, parameters } = pass;
  const { globals } = plans.at(-1)!;
  const hasClassToken = partsOf(config).hasClassToken && globals > 0;
  const normed = normTokens(parameters, partsOf(config), tokens);
  const features = poolTokens(parameters, config, globals, tokens);
  return embeddingOf(normed, features, globals, hasClassToken, pyramid.at(-1)!.shape);
}

/** All tokens of the last stage, and the local ones of each stage as an image. */
function runStages(pass: Pass, image: ModelImage): { tokens: Tensor3D; pyramid: Tensor4D[] } {
  const pyramid: Tensor4D[] = [];
  let tokens: Tensor3D | undefined;
  for (const plan of pass.plans) {
    const stage = runStage(pass, plan, pyramid.at(-1) ?? image);
    tokens = stage.tokens;
    const local = withoutFirstTokens(tokens, plan.globals);
    pyramid.push(tf.reshape(local, [tokens.shape[0], stage.rows, stage.columns, plan.width]));
  }
  return { tokens: tokens!, pyramid };
}

function runStage(pass: Pass, plan: StagePlan, image: ModelImage): TokenGrid {
  const { tokens, rows, columns } = embedStage(pass.parameters, plan, pass.config, image);
  const { rope } = partsOf(pass.config);
  const grid: Grid = [rows, columns];
  const rotary = rope && rotaryTables(rope, grid, plan.globals, plan.width / plan.heads);
  let x = tokens;
  for (let block = 0; block < plan.blocks; block++) x = runBlock(pass, plan, x, { grid, rotary }, block);
  return { tokens: x, rows, columns };
}

/** Where the tokens of a stage lie. */
interface Places {
  readonly grid: Grid;
  readonly rotary?: RotaryTables;
}

function runBlock(pass: Pass, plan: StagePlan, x: Tensor3D, places: Places, block: number): Tensor3D {
  const { parameters, options } = pass;
  const parts = partsOf(pass.config);
  const number = plan.firstBlock + block;
  const attention = `${plan.name}.${2 * block + 1}`;
  const perceptron = `${plan.name}.${2 * block + 2}`;
  const attended = attend(pass, plan, layerNorm(parameters, `${attention}.norm`, x, parts), places, block);
  const middle = addResidual(x, attended, options, number, BlockHalf.attention);
  const transformed = mlp(
    parameters,
    `${perceptron}.mlp`,
    layerNorm(parameters, `${perceptron}.norm`, middle, parts),
    parts,
  );
  return addResidual(middle, transformed, options, number, BlockHalf.mlp);
}

function attend(pass: Pass, plan: StagePlan, x: Tensor3D, places: Places, block: number): Tensor3D {
  const { parameters, config } = pass;
  const { grid, rotary } = places;
  const prefix = `${plan.name}.${2 * block + 1}.attn`;
  const capture = isCaptured(pass.plans, plan, block) ? pass.options.capture : undefined;
  const { heads, globals, tableGrid } = plan;
  if (!plan.isSparse) {
    return fullSelfAttention(parameters, prefix, x, { heads, globals, grid, tableGrid, rotary }, capture);
  }
  const { exact, onlyGlobal, shareGlobalProjections } = config;
  const settings = {
    attention: {
      heads,
      rows: grid[0],
      columns: grid[1],
      globals,
      window: plan.window,
      exact,
      // A random neighbour is for training, which gives it as a tensor; the original evaluates with all nine
      // chunks.
      mode: config.mode === 'own' ? ('own' as const) : ('all' as const),
      onlyGlobal,
    },
    shareGlobalProjections,
    rotary,
    randomShift: onlyGlobal ? undefined : randomShiftOf(pass.options, plan.firstBlock + block),
  };
  return windowedSelfAttention(parameters, prefix, x, settings, capture);
}

/** Global attention is shown of the last block that has global tokens. */
function isCaptured(plans: readonly StagePlan[], plan: StagePlan, block: number): boolean {
  const last = plans.findLast(({ globals }) => globals > 0);
  return plan === last && block === plan.blocks - 1;
}

/** One-hot [8] of the neighbour a block draws in random-shift training. */
function randomShiftOf({ training }: ForwardOptions, block: number): Tensor1D | undefined {
  return (
    training?.randomShift && tf.reshape<Rank.R1>(tf.slice2d(training.randomShift, [block, 0], [1, 8]), [8])
  );
}
