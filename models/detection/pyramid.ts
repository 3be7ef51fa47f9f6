import type { Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { DetectionHeadConfig } from '../detector-config.js';
import type { ParameterShapes, Parameters } from '../image-model.js';
import { gelu } from '../layers/gelu.js';
import { layerNorm } from '../layers/layer-norm.js';
import { doubleImage, halveImage, linearImage, repeatCells } from '../layers/resampling.js';

/** A feature map of the backbone. */
export interface BackboneStage {
  /** Pixels between its tokens. */
  readonly stride: number;
  readonly width: number;
}

/** How one level is made from one stage. */
export interface LevelPlan {
  readonly stride: number;
  /** Index of the stage. */
  readonly stage: number;
  /** How often rows and columns are doubled; negative: halved. */
  readonly doublings: number;
}

/** Each level from the stage of its stride, or from the one nearest to it. */
export function planLevels(stages: readonly BackboneStage[], strides: readonly number[]): LevelPlan[] {
  return strides.map((stride) => {
    const distance = (index: number) => Math.abs(Math.log2(stages[index]!.stride / stride));
    const nearest = stages.map((_, index) => index).sort((a, b) => distance(a) - distance(b))[0]!;
    return { stride, stage: nearest, doublings: Math.log2(stages[nearest]!.stride / stride) };
  });
}

/** Weights of {@link featurePyramid}. */
export function pyramidShapes(
  stages: readonly BackboneStage[],
  { strides, channels }: DetectionHeadConfig,
): ParameterShapes {
  const shapes: Record<string, readonly number[]> = {};
  for (const { stride, stage, doublings } of planLevels(stages, strides)) {
    const { width } = stages[stage]!;
    shapes[`pyramid.norm${stage + 1}.weight`] = [width];
    shapes[`pyramid.norm${stage + 1}.bias`] = [width];
    const cells = doublings > 0 ? 4 : 1;
    const steps = Math.max(1, Math.abs(doublings));
    for (let step = 0; step < steps; step++) {
      const inputs = (step === 0 ? width : channels) * (doublings < 0 ? 4 : 1);
      shapes[`pyramid.level${stride}.${step}.weight`] = [cells * channels, inputs];
      shapes[`pyramid.level${stride}.${step}.bias`] = [cells * channels];
    }
  }
  return shapes;
}

/**
 * Feature maps of equal width at each of the head's strides, finest first.
 *
 * From a backbone of one resolution every level is made by itself with transposed convolutions, the simple
 * feature pyramid of ViTDet (Li et al. 2022). From a backbone of several, coarser levels are also added to
 * finer ones (FPN, Lin et al. 2017).
 *
 * @param maps of the backbone's stages, [batch, rows, columns, width] each
 */
export function featurePyramid(
  parameters: Parameters,
  stages: readonly BackboneStage[],
  { strides }: DetectionHeadConfig,
  maps: readonly Tensor4D[],
): Tensor4D[] {
  const plans = planLevels(stages, strides);
  const normalised = new Map<number, Tensor4D>();
  for (const { stage } of plans) {
    if (normalised.has(stage)) continue;
    normalised.set(stage, layerNorm(parameters, `pyramid.norm${stage + 1}`, maps[stage]!));
  }
  const levels = plans.map((plan) => makeLevel(parameters, plan, normalised.get(plan.stage)!));
  if (normalised.size === 1) return levels;
  for (let level = levels.length - 2; level >= 0; level--) {
    levels[level] = tf.add(levels[level]!, repeatCells(levels[level + 1]!));
  }
  return levels;
}

function makeLevel(parameters: Parameters, { stride, doublings }: LevelPlan, map: Tensor4D): Tensor4D {
  const name = (step: number) => `pyramid.level${stride}.${step}`;
  if (doublings === 0) return linearImage(parameters, name(0), map);
  const resample = doublings > 0 ? doubleImage : halveImage;
  let x = map;
  for (let step = 0; step < Math.abs(doublings); step++) {
    x = resample(parameters, name(step), step === 0 ? x : gelu(x));
  }
  return x;
}
