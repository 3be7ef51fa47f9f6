import type { ParameterShapes, Parameters, TrainingInputs } from '../../models/image-model.js';
import type { Scalar, Tensor, Tensor4D } from '../tensor/tensor.js';

/** Shapes of named tensors. */
export type NamedShapes = Readonly<Record<string, readonly number[]>>;

/**
 * What a training step minimises: a model together with its loss. Pure tensor code, so that it runs eagerly, and as a
 * graph under the recorder.
 */
export interface Objective {
  readonly parameterShapes: ParameterShapes;
  /** Names and shapes of what the loss compares the predictions of `size` images with. */
  targetShapes(size: number): NamedShapes;
  /**
   * Mean loss of a batch.
   * @param image [batch, 3, height, width], normalised
   * @param targets tensors of `targetShapes(batch)`
   */
  loss(
    weights: Parameters,
    image: Tensor4D,
    targets: Readonly<Record<string, Tensor>>,
    training: TrainingInputs,
  ): Scalar;
  /** What a validation scores, by name, e.g. `logits`. */
  predict(weights: Parameters, image: Tensor4D): Record<string, Tensor>;
}
