import type { Rank, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import { parseArchitecture } from './architecture.js';
import { decodeBoxes, decodeOrientedBoxes } from './detection/box-codec.js';
import type { BackboneStage } from './detection/pyramid.js';
import { featurePyramid, pyramidShapes } from './detection/pyramid.js';
import type { DetectorConfig } from './detector-config.js';
import type {
  BackboneModel,
  ForwardOptions,
  ModelImage,
  ParameterShapes,
  Parameters,
} from './image-model.js';
import { convolution, convolutionShapes } from './layers/convolution.js';
import { linearImage } from './layers/resampling.js';
import { visionLongformer } from './vision-longformer.js';
import { visionTransformer } from './vit.js';

/** Prefix of the backbone's weights in a detector's. */
export const BACKBONE = 'backbone.';

/** What a detector predicts for every cell of every level, levels finest first, cells row-major. */
export interface DenseDetections {
  /** Scores before the sigmoid, [batch, cells, classes]. */
  readonly logits: Tensor3D;
  /** As `decodeBoxes` or `decodeOrientedBoxes` gives them, [batch, cells, 4 or 6]. */
  readonly boxes: Tensor3D;
}

/** A dense detector: pure functions of its configuration, weights and an image. */
export interface DetectorModel {
  readonly config: DetectorConfig;
  readonly parameterShapes: ParameterShapes;
  /** Pixels that the image's sides must be multiples of. */
  readonly stride: number;
  /** @param image normalised planes, [batch, 3, height, width], or pixels; sides multiples of `stride` */
  forward(parameters: Parameters, image: ModelImage, options?: ForwardOptions): DenseDetections;
}

/**
 * An anchor-free dense detector in the manner of FCOS and GFL (Tian et al. 2019; Li et al. 2020): a feature
 * pyramid over the stages of a backbone, and one small convolutional head that all levels share. The score of
 * a class is also the expected overlap of the box with the object, so there is no separate centre-ness.
 */
export function detectorModel(config: DetectorConfig): DetectorModel {
  const backbone = backboneModel(config);
  const stages = backboneStages(config.backbone);
  return {
    config,
    parameterShapes: detectorShapes(config, backbone, stages),
    stride: Math.max(stages.at(-1)!.stride, config.head.strides.at(-1)!),
    forward: (parameters, image, options = {}) => {
      const maps = backbone.pyramid(backboneParameters(parameters), image, options);
      return predict(config, parameters, featurePyramid(parameters, stages, config.head, maps));
    },
  };
}

/** The model under a detector's head. */
export function backboneModel({ backbone }: Pick<DetectorConfig, 'backbone'>): BackboneModel {
  return backbone.type === 'vil' ? visionLongformer(backbone) : visionTransformer(backbone);
}

/** Strides and widths of a backbone's feature maps. */
export function backboneStages(backbone: DetectorConfig['backbone']): BackboneStage[] {
  if (backbone.type === 'vit') return [{ stride: backbone.patch, width: backbone.width }];
  let stride = 1;
  return parseArchitecture(backbone.arch).map(({ patch, width }) => {
    stride *= patch;
    return { stride, width };
  });
}

/** A backbone's weight that a detector has no use for: its classifier and the norm before it. */
export function isClassifierWeight(name: string): boolean {
  return /^(head|norm|pool|projection)\./.test(name);
}

function detectorShapes(
  { head, classes }: DetectorConfig,
  backbone: BackboneModel,
  stages: readonly BackboneStage[],
): ParameterShapes {
  const kept = Object.entries(backbone.parameterShapes).filter(([name]) => !isClassifierWeight(name));
  const { channels, convolutions, oriented } = head;
  const tower = Array.from({ length: convolutions }, (_, index) =>
    convolutionShapes(`tower.${index}`, channels, channels),
  );
  const values = oriented ? 5 : 4;
  return {
    ...Object.fromEntries(kept.map(([name, shape]) => [`${BACKBONE}${name}`, shape])),
    ...pyramidShapes(stages, head),
    ...Object.assign({}, ...tower),
    'predict.scores.weight': [classes, channels],
    'predict.scores.bias': [classes],
    'predict.boxes.weight': [values, channels],
    'predict.boxes.bias': [values],
  };
}

/** The weights of a detector's backbone, by the backbone's names. */
export function backboneParameters(parameters: Parameters): Parameters {
  const entries = Object.entries(parameters).filter(([name]) => name.startsWith(BACKBONE));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(BACKBONE.length), value]));
}

/** A 3 x 3 convolution of one of the head's levels, weights by their prefix. */
export type LevelConvolution = (parameters: Parameters, name: string, x: Tensor4D, level: number) => Tensor4D;

/**
 * The head on the levels of the pyramid.
 * @param convolve reads what lies around a level's cells, by default zeros around an image
 */
export function predict(
  { head, classes }: DetectorConfig,
  parameters: Parameters,
  levels: readonly Tensor4D[],
  convolve: LevelConvolution = convolution,
): DenseDetections {
  const decode = head.oriented ? decodeOrientedBoxes : decodeBoxes;
  const parts = levels.map((level, index) => {
    let x = level;
    for (let layer = 0; layer < head.convolutions; layer++) {
      x = tf.relu(convolve(parameters, `tower.${layer}`, x, index));
    }
    const [batch, rows, columns] = x.shape;
    const boxes = decode(linearImage(parameters, 'predict.boxes', x), head.strides[index]!);
    const logits = linearImage(parameters, 'predict.scores', x);
    return {
      boxes: tf.reshape<Rank.R3>(boxes, [batch, rows * columns, boxes.shape[3]]),
      logits: tf.reshape<Rank.R3>(logits, [batch, rows * columns, classes]),
    };
  });
  return {
    logits: tf.concat(
      parts.map(({ logits }) => logits),
      1,
    ),
    boxes: tf.concat(
      parts.map(({ boxes }) => boxes),
      1,
    ),
  };
}
