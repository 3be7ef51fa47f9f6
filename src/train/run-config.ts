import { z } from 'zod';
import { storageTypes } from '../checkpoint/model-folder.js';

export const probability = z.number().min(0).max(1);
export const positiveInteger = z.number().int().positive();
export const range = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low <= high, 'the first number must not exceed the second');

/** Strengths of colour jitter. */
export const colourSchema = z.strictObject({
  brightness: probability,
  contrast: probability,
  saturation: probability,
});

const optimiserSchema = z.strictObject({
  /** Peak learning rate. */
  learningRate: z.number().positive(),
  finalLearningRate: z.number().min(0).default(1e-6),
  warmupEpochs: z.number().min(0).default(0),
  /** Fraction of the peak at which the warm-up begins. */
  warmupStart: probability.default(0.002),
  weightDecay: z.number().min(0).default(0.05),
  beta1: probability.default(0.9),
  beta2: probability.default(0.999),
  epsilon: z.number().positive().default(1e-8),
  /** Limit of the global gradient norm; 0: no clipping. */
  clipNorm: z.number().min(0).default(1),
  /** Factor on the learning rate from each layer to the one before it; 1: the same for all. */
  layerDecay: z.number().positive().max(1).default(1),
  /** Decay of the moving average of the weights; 0: none is kept. */
  averageDecay: z.number().min(0).lt(1).default(0),
});

/** What every training run says, whatever is learned. Paths are relative to the folder the command is started in. */
export const runSchema = z.strictObject({
  /** Model folder that gives architecture, preprocessing and, unless `weights` is random, initial weights. */
  model: z.string().min(1),
  weights: z.enum(['pretrained', 'random']).default('pretrained'),
  /** [height, width] of the training images in pixels. */
  imageSize: z.tuple([positiveInteger, positiveInteger]),
  /** Stochastic depth: drop rate of the last block. */
  dropPath: z.number().min(0).lt(1).default(0),
  /** Random-shift training, the paper's mode 1; and the share of the run after which all neighbours are seen. */
  randomShift: z.boolean().default(false),
  randomShiftUntil: probability.default(0.75),
  epochs: positiveInteger,
  /** Optimiser steps of an epoch, for sets too large to be shown whole before the first validation; absent: all images once. */
  stepsPerEpoch: positiveInteger.optional(),
  batchSize: positiveInteger,
  /** Batches whose gradients are averaged for one optimiser step. */
  accumulation: positiveInteger.default(1),
  optimiser: optimiserSchema,
  seed: z.number().int().min(0).default(0),
  /** traced: ONNX Runtime; eager: tfjs on the backend named. */
  engine: z.enum(['traced', 'eager']).default('traced'),
  backend: z.enum(['wasm', 'cpu', 'webgpu', 'tensorflow']).default('wasm'),
  /** Threads of ONNX Runtime. */
  threads: positiveInteger.default(2),
  /** Threads that decode images. */
  loaderThreads: positiveInteger.default(1),
  /** Minutes between checkpoints. */
  checkpointMinutes: z.number().positive().default(5),
  /** What the best model's weights are stored as. */
  storage: z.enum(storageTypes).default('F32'),
  /**
   * File that says which images of the data are learned from and which are validated on, `{"training": [...], "validation":
   * [...]}`, paths relative to the data; those in neither list are left out. Absent: as each task says.
   */
  split: z.string().min(1).optional(),
  /** Folder for checkpoint, log, curves and the best model. */
  out: z.string().min(1),
});

export type RunConfig = z.infer<typeof runSchema>;
