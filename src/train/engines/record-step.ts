import type { OnnxGraph } from '../../onnx/model.js';
import type { Recording } from '../../onnx/recorder/record.js';
import { record } from '../../onnx/recorder/record.js';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import type { EngineOptions } from './eager-engine.js';
import type { Batch } from './engine.js';
import type { BatchTensors, NamedTensors, OptimiserTensors } from './step.js';
import { lossAndGradients, updateWeights } from './step.js';

/** What of a batch a graph is fixed to. */
export interface BatchForm {
  readonly size: number;
  readonly hasDropPath: boolean;
  readonly hasRandomShift: boolean;
}

/** Groups of stored tensors; a weight's tensor in each is called `<group>/<name of the weight>`. */
export const groups = ['weight', 'first', 'second', 'average'] as const;
export type Group = (typeof groups)[number];

/** Prefix of the inputs that hold what predictions are compared with. */
export const targetPrefix = 'target/';

/** Prefix of outputs that replace the stored tensor of the same name. */
export const nextPrefix = 'next/';

export function batchForm({ size, dropPath, randomShift }: Batch): BatchForm {
  return { size, hasDropPath: dropPath !== undefined, hasRandomShift: randomShift !== undefined };
}

/**
 * One whole optimiser step as a graph: forward and backward pass, clipping, AdamW and the moving average.
 *
 * Inputs: the batch (`image`, `target/<name>`, `dropPath`, `randomShift`), the scalars `learningRate`, `correction1`,
 * `correction2` and the state. Outputs: `loss`, `norm` and the next state.
 */
export function recordStep(options: EngineOptions, form: BatchForm): OnnxGraph {
  return record('onnx-training', 'training step', (recording) => {
    const state = stateInputs(recording, options);
    const batch = batchInputs(recording, options, form);
    const { loss, gradients } = lossAndGradients(options.objective, state.weight, batch);
    const updated = updateWeights(state, gradients, scalarInputs(recording), options.settings);
    return { loss, norm: updated.norm, ...stateOutputs(updated.state) };
  });
}

/**
 * The first half of a step with gradient accumulation: adds the gradients of one micro-batch to `gradient/<name>`.
 * Outputs: `loss` and the next gradients.
 */
export function recordGradients(options: EngineOptions, form: BatchForm): OnnxGraph {
  return record('onnx-training', 'gradients', (recording) => {
    const weight = groupInputs(recording, options, 'weight');
    const sums = groupInputs(recording, options, 'gradient');
    const { loss, gradients } = lossAndGradients(
      options.objective,
      weight,
      batchInputs(recording, options, form),
    );
    const added = Object.entries(sums).map(([name, sum]) => [name, tf.add(sum, gradients[name]!)] as const);
    return { loss, ...groupOutputs('gradient', Object.fromEntries(added)) };
  });
}

/**
 * The second half: updates the weights by the accumulated gradients times the scalar `share` (1 / micro-batches), and
 * sets the gradients back to zero. Outputs: `norm`, the next state and gradients.
 */
export function recordUpdate(options: EngineOptions): OnnxGraph {
  return record('onnx-training', 'update', (recording) => {
    const state = stateInputs(recording, options);
    const sums = groupInputs(recording, options, 'gradient');
    const share = recording.input('share', []);
    const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, tf.mul(sum, share)]));
    const zeros = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, tf.zerosLike(sum)]));
    const updated = updateWeights(state, means, scalarInputs(recording), options.settings);
    return { norm: updated.norm, ...stateOutputs(updated.state), ...groupOutputs('gradient', zeros) };
  });
}

/** The forward pass of `size` images. Inputs: `image` and the weights of `group`. Outputs: the predictions. */
export function recordPrediction(options: EngineOptions, group: Group, size: number): OnnxGraph {
  return record('onnx-training', 'prediction', (recording) => {
    const weights = groupInputs(recording, options, group);
    return options.objective.predict(weights, imageInput(recording, options, size));
  });
}

function imageInput(recording: Recording, { height, width }: EngineOptions, size: number): Tensor4D {
  return recording.input('image', [size, 3, height, width]) as Tensor4D;
}

function batchInputs(recording: Recording, options: EngineOptions, form: BatchForm): BatchTensors {
  const { blocks, objective } = options;
  const { size, hasDropPath, hasRandomShift } = form;
  const shapes = Object.entries(objective.targetShapes(size));
  return {
    image: imageInput(recording, options, size),
    targets: Object.fromEntries(
      shapes.map(([name, shape]) => [name, recording.input(`${targetPrefix}${name}`, shape)]),
    ),
    dropPath: hasDropPath ? (recording.input('dropPath', [blocks, 2, size]) as Tensor3D) : undefined,
    randomShift: hasRandomShift ? (recording.input('randomShift', [blocks, 8]) as Tensor2D) : undefined,
  };
}

function scalarInputs(recording: Recording) {
  return {
    learningRate: recording.input('learningRate', []),
    correction1: recording.input('correction1', []),
    correction2: recording.input('correction2', []),
  };
}

function groupInputs(
  recording: Recording,
  { objective }: EngineOptions,
  group: Group | 'gradient',
): NamedTensors {
  const shapes = Object.entries(objective.parameterShapes);
  return Object.fromEntries(
    shapes.map(([name, shape]) => [name, recording.input(`${group}/${name}`, shape)]),
  );
}

function stateInputs(recording: Recording, options: EngineOptions): OptimiserTensors {
  const isAveraged = options.settings.averageDecay > 0;
  return {
    weight: groupInputs(recording, options, 'weight'),
    first: groupInputs(recording, options, 'first'),
    second: groupInputs(recording, options, 'second'),
    average: isAveraged ? groupInputs(recording, options, 'average') : undefined,
  };
}

function groupOutputs(group: Group | 'gradient', tensors: NamedTensors): Record<string, Tensor> {
  const entries = Object.entries(tensors);
  return Object.fromEntries(entries.map(([name, tensor]) => [`${nextPrefix}${group}/${name}`, tensor]));
}

function stateOutputs(state: OptimiserTensors): Record<string, Tensor> {
  return Object.assign({}, ...groups.map((group) => groupOutputs(group, state[group] ?? {})));
}
