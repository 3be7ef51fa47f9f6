import type { Rank, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { BackboneModel, ForwardOptions, ForwardResult, ModelImage, Parameters } from './image-model.js';
import { fullSelfAttention } from './layers/full-self-attention.js';
import { layerNorm } from './layers/layer-norm.js';
import { linear } from './layers/linear.js';
import { mlp } from './layers/mlp.js';
import type { TokenGrid } from './layers/patch-embedding.js';
import type { Grid } from './layers/position-table.js';
import { addResidual, BlockHalf } from './layers/residual.js';
import { firstTokens, withoutFirstTokens } from './layers/tokens.js';
import { windowedSelfAttention } from './layers/windowed-self-attention.js';
import { embedStage } from './stage-embedding.js';
import type { VisionLongformerConfig } from './vil-config.js';
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
  const features = pool(pass, tokens);
  const [batch, width] = features.shape;
  const scores = linear(pass.parameters, 'head', tf.reshape(features, [batch, 1, width]));
  return { logits: tf.reshape(scores, [batch, pass.config.classes]), features, pyramid };
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
  let x = tokens;
  for (let block = 0; block < plan.blocks; block++) x = runBlock(pass, plan, x, [rows, columns], block);
  return { tokens: x, rows, columns };
}

function runBlock(pass: Pass, plan: StagePlan, x: Tensor3D, grid: Grid, block: number): Tensor3D {
  const { parameters, options } = pass;
  const number = plan.firstBlock + block;
  const attention = `${plan.name}.${2 * block + 1}`;
  const perceptron = `${plan.name}.${2 * block + 2}`;
  const attended = attend(pass, plan, layerNorm(parameters, `${attention}.norm`, x), grid, block);
  const middle = addResidual(x, attended, options, number, BlockHalf.attention);
  const transformed = mlp(
    parameters,
    `${perceptron}.mlp`,
    layerNorm(parameters, `${perceptron}.norm`, middle),
  );
  return addResidual(middle, transformed, options, number, BlockHalf.mlp);
}

function attend(pass: Pass, plan: StagePlan, x: Tensor3D, grid: Grid, block: number): Tensor3D {
  const { parameters, config } = pass;
  const prefix = `${plan.name}.${2 * block + 1}.attn`;
  const capture = isCaptured(pass.plans, plan, block) ? pass.options.capture : undefined;
  const { heads, globals, tableGrid } = plan;
  if (!plan.isSparse) {
    return fullSelfAttention(parameters, prefix, x, { heads, globals, grid, tableGrid }, capture);
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

/** What the classifier sees: the first global token, or the mean of all tokens; [batch, width]. */
function pool({ plans, parameters, config }: Pass, tokens: Tensor3D): Tensor2D {
  const hasGlobal = plans.at(-1)!.globals > 0;
  if (!hasGlobal || config.averagePool) return tf.mean(layerNorm(parameters, 'norm', tokens), 1);
  const [batch, , width] = tokens.shape;
  // A layer norm sees one token at a time: only this one's is needed.
  return tf.reshape(layerNorm(parameters, 'norm', firstTokens(tokens, 1)), [batch, width]);
}
