/**
 * Architectures and configurations: pure functions over tfjs-core tensors, and the weights they start from. They run on any
 * tfjs backend, in Node.js and in pages.
 *
 * @example <caption>A classifier for 10 classes, untrained</caption>
 * import * as tf from '@tensorflow/tfjs';
 * import { createModel, initialWeights, namedConfiguration } from 'vision-longformer/models';
 *
 * const model = createModel(namedConfiguration('vil_tiny_sparse', { classes: 10 }));
 * const weights = Object.entries(initialWeights(model, 1));
 * const parameters = Object.fromEntries(weights.map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]));
 * const { logits } = model.forward(parameters, tf.zeros([1, 3, 224, 224]));
 */
import '../src/tensor/static-tfjs.js';

export type { NamedArray, NamedArrays } from '../src/tensor/named-arrays.js';
export type { StageConfig } from './architecture.js';
export { formatArchitecture, parseArchitecture } from './architecture.js';
export { CONFIGURATION_NAMES, namedConfiguration } from './configurations.js';
export type { ModelDescription, StageDescription } from './describe.js';
export { describeModel } from './describe.js';
export type { BestCells } from './detection/best-cells.js';
export { bestCellCount, bestCells } from './detection/best-cells.js';
export type { DenseDetections, DetectorModel } from './detector.js';
export { detectorModel } from './detector.js';
export type { DetectionHeadConfig, DetectorConfig } from './detector-config.js';
export { detectorConfigSchema } from './detector-config.js';
export type {
  BackboneModel,
  Embedding,
  ForwardOptions,
  ForwardResult,
  ImageModel,
  ModelImage,
  ParameterShapes,
  Parameters,
  Pixels,
  TrainingInputs,
} from './image-model.js';
export { initialWeights } from './initialise.js';
export { initialDetectorWeights } from './initialise-detector.js';
export type { Grid } from './layers/position-table.js';
export type { ClassifierConfig, ModelConfig } from './model-config.js';
export { createModel, modelConfigSchema, parameterShapesOf } from './model-config.js';
export type { VisionLongformerConfig, VisionLongformerOptions } from './vil-config.js';
export { vilConfigSchema } from './vil-config.js';
export { visionLongformer } from './vision-longformer.js';
export { visionTransformer } from './vit.js';
export type { VitConfig } from './vit-config.js';
export { vitConfigSchema } from './vit-config.js';
