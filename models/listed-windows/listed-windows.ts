import { listedAttention } from '../../kernels/listed-attention.js';
import type { Rank, Tensor2D, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { featurePyramid } from '../detection/pyramid.js';
import { backboneParameters, backboneStages, type DenseDetections, predict } from '../detector.js';
import type { DetectorConfig } from '../detector-config.js';
import type { Parameters, Pixels } from '../image-model.js';
import { layerNorm } from '../layers/layer-norm.js';
import { linear, splitLinear } from '../layers/linear.js';
import { mlp } from '../layers/mlp.js';
import { embedPixels } from '../layers/patch-embedding.js';
import { parameter } from '../parameters.js';
import type { VisionLongformerConfig } from '../vil-config.js';
import { windowedConvolution } from './convolution.js';
import type { WindowLayout } from './layout.js';
import { windowLayout } from './layout.js';

/**
 * Windows of an image, N of them in any order, and what each of them has around it. All but the pixels are numbers that a
 * program works out of a list of windows: a graph takes any list.
 */
export interface ListedWindows {
  /** The pixels of each window, [N, side, side, 3]. What lies outside of the image is not looked at. */
  readonly pixels: Pixels;
  /** Row of the table of positions for each token, [N, tokens], integers. */
  readonly positions: Tensor2D;
  /**
   * Keys that a window's tokens see: row numbers among the global tokens and, behind them, the local ones of all windows,
   * [N, G + 9 * tokens], integers; any row where there is none.
   */
  readonly keys: Tensor2D;
  /** What is added to the logits of these: 0, or a very negative number where there is none, [N, G + 9 * tokens]. */
  readonly visible: Tensor2D;
  /** What is added to the logits of the tokens for the global tokens: the logarithm of how many each stands for. */
  readonly weights: Tensor2D;
  /**
   * For each level, the cells that a cell's convolution reads: row numbers among the cells of all windows, or the number
   * of these for zeros, [N, cells * 9], integers.
   */
  readonly taps: readonly Tensor2D[];
}

/** Tokens of the windows, [N, tokens, width], and the global ones, [1, G, width]. */
interface Tokens {
  readonly local: Tensor3D;
  readonly global: Tensor3D;
}

/**
 * A detector on a list of windows: equal to `DetectorModel.forward` where all windows of an image are listed; windows that are
 * not listed are to their neighbours what lies beyond the border of an image.
 *
 * @returns as `DenseDetections`, the batch being the windows, boxes relative to the window's corner
 * @throws UserError as `windowLayout`
 */
export function detectInWindows(
  config: DetectorConfig,
  parameters: Parameters,
  windows: ListedWindows,
): DenseDetections {
  const layout = windowLayout(config);
  const backbone = config.backbone as VisionLongformerConfig;
  const tokens = runBlocks(backboneParameters(parameters), backbone, layout, windows);
  const { tokens: side } = layout;
  const map = tf.reshape<Rank.R4>(tokens, [tokens.shape[0], side, side, tokens.shape[2]]);
  const levels = featurePyramid(parameters, backboneStages(backbone), config.head, [map]);
  return predict(config, parameters, levels, (weights, name, x, level) =>
    windowedConvolution(weights, name, x, windows.taps[level]!),
  );
}

function runBlocks(
  parameters: Parameters,
  config: VisionLongformerConfig,
  { plan }: WindowLayout,
  windows: ListedWindows,
): Tensor3D {
  const { name, blocks, heads } = plan;
  let tokens = embed(parameters, config, name, windows);
  for (let block = 0; block < blocks; block++) {
    const attention = `${name}.${2 * block + 1}`;
    const perceptron = `${name}.${2 * block + 2}`;
    const normalised = both(tokens, (x) => layerNorm(parameters, `${attention}.norm`, x));
    const attended = attend(parameters, `${attention}.attn`, heads, normalised, windows);
    const middle = sum(tokens, attended);
    const transformed = both(middle, (x) =>
      mlp(parameters, `${perceptron}.mlp`, layerNorm(parameters, `${perceptron}.norm`, x)),
    );
    tokens = sum(middle, transformed);
  }
  return tokens.local;
}

function embed(
  parameters: Parameters,
  { normEmbed }: VisionLongformerConfig,
  name: string,
  { pixels, positions }: ListedWindows,
): Tokens {
  const { tokens } = embedPixels(parameters, `${name}.0.proj`, pixels);
  const local = normEmbed ? layerNorm(parameters, `${name}.0.norm_embed`, tokens) : tokens;
  const table = parameter<Tensor3D>(parameters, `${name}.0.pos_embed`);
  const rows = tf.reshape<Rank.R2>(table, [table.shape[1], table.shape[2]]);
  return {
    local: tf.add(local, tf.gather(rows, positions)),
    global: tf.add(
      parameter<Tensor3D>(parameters, `${name}.0.cls_token`),
      parameter(parameters, `${name}.0.cls_pos_embed`),
    ),
  };
}

function attend(
  parameters: Parameters,
  prefix: string,
  heads: number,
  x: Tokens,
  { keys, visible, weights }: ListedWindows,
): Tokens {
  const query = both(x, (part) => linear(parameters, `${prefix}.query`, part));
  const [localKey, localValue] = splitLinear(parameters, `${prefix}.kv`, x.local, 2) as [Tensor3D, Tensor3D];
  const [globalKey, globalValue] = splitLinear(parameters, `${prefix}.kv`, x.global, 2) as [
    Tensor3D,
    Tensor3D,
  ];
  const context = listedAttention({
    heads,
    query,
    key: { local: localKey, global: globalKey },
    value: { local: localValue, global: globalValue },
    keys,
    visible,
    weights,
  });
  return both(context, (part) => linear(parameters, `${prefix}.proj`, part));
}

function both({ local, global }: Tokens, f: (x: Tensor3D) => Tensor3D): Tokens {
  return { local: f(local), global: f(global) };
}

function sum(a: Tokens, b: Tokens): Tokens {
  return { local: tf.add(a.local, b.local), global: tf.add(a.global, b.global) };
}
