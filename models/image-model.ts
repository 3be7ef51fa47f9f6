import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '../src/tensor/tensor.js';

/** Weights by their official checkpoint names, linear weights as [out, in]. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** Shapes of all weights of a model, by name, in the order a checkpoint lists them. */
export type ParameterShapes = Readonly<Record<string, readonly number[]>>;

/**
 * An image as it is decoded, which the model normalises itself: a quarter of the memory of its normalised
 * planes.
 */
export interface Pixels {
  /** RGB interleaved, 0 to 255, [batch, height, width, 3]. */
  readonly levels: Tensor4D;
  /** Statistics of the training data, of RGB in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What a model sees: normalised planes, [batch, 3, height, width], or the pixels themselves. */
export type ModelImage = Tensor4D | Pixels;

/** What a training step adds to a forward pass. Absent at inference. */
export interface TrainingInputs {
  /**
   * Stochastic depth: for each block (all stages counted through) and each of its two halves (attention, MLP)
   * the factor of each sample's residual branch, 0 or 1 / (1 - rate). Shape [blocks, 2, batch].
   */
  readonly dropPath?: Tensor3D;
  /**
   * Random-shift training (the paper's mode 1..8): for each block a one-hot choice among the eight neighbour
   * chunks. Shape [blocks, 8]. Given as a tensor so that a traced graph can draw anew at every step.
   */
  readonly randomShift?: Tensor2D;
}

export interface ForwardOptions {
  readonly training?: TrainingInputs;
  /**
   * Called with intermediate tensors worth looking at, e.g. `globalAttention` [batch, heads, globals,
   * tokens].
   */
  readonly capture?: (name: string, value: Tensor) => void;
}

export interface ForwardResult {
  /** Class scores before softmax, [batch, classes]; of no columns where the model has no classifier. */
  readonly logits: Tensor;
  /** What the classifier sees, [batch, width of the last stage]. */
  readonly features: Tensor;
  /** Local tokens of each stage as an image, [batch, rows, columns, width], finest first. */
  readonly pyramid: readonly Tensor4D[];
}

/** What a model knows of an image without any classifier, behind its last norm. */
export interface Embedding {
  /** What its classifier sees, or would see, [batch, width of features]. */
  readonly features: Tensor2D;
  /** The class token, [batch, width]; absent where the model has none. */
  readonly classToken?: Tensor2D;
  /** Mean of the tokens of patches, [batch, width]. */
  readonly mean: Tensor2D;
  /** The tokens of patches, [batch, rows, columns, width]. */
  readonly patches: Tensor4D;
}

/** One image architecture: pure functions of its configuration, weights and an image. */
export interface ImageModel<Config = unknown> {
  readonly config: Config;
  readonly parameterShapes: ParameterShapes;
  /** Pixels that the image's sides must be multiples of for every pixel to be seen. */
  readonly stride: number;
  /**
   * Runs the model.
   * @param image normalised planes, [batch, 3, height, width], or pixels
   */
  forward(parameters: Parameters, image: ModelImage, options?: ForwardOptions): ForwardResult;
}

/** An image model whose feature maps other heads can be built on. */
export interface BackboneModel<Config = unknown> extends ImageModel<Config> {
  /** As `forward`, for what it knows of the image. */
  embed(parameters: Parameters, image: ModelImage): Embedding;
  /** The feature maps alone, `ForwardResult.pyramid`: needs no weights of the classifier. */
  pyramid(parameters: Parameters, image: ModelImage, options?: ForwardOptions): readonly Tensor4D[];
}
