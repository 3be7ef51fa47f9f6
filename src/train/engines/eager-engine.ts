import type { NamedArrays } from '../../tensor/named-arrays.js';
import type { PlainTensors } from '../../tensor/plain-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import type { Objective } from '../objective.js';
import { biasCorrections } from '../optimiser/adamw.js';
import type { Batch, OptimiserState, StepResult, TrainingEngine } from './engine.js';
import type { BatchTensors, NamedTensors, OptimiserTensors, StepSettings } from './step.js';
import { lossAndGradients, meanGradients, updateWeights } from './step.js';

/** What both engines need to know of a run. */
export interface EngineOptions {
  readonly objective: Objective;
  /** Blocks of the model over all stages, the first dimension of stochastic depth. */
  readonly blocks: number;
  readonly height: number;
  readonly width: number;
  readonly settings: StepSettings;
}

function upload(arrays: NamedArrays): NamedTensors {
  const entries = Object.entries(arrays);
  return Object.fromEntries(
    entries.map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape], 'float32')]),
  );
}

async function download(tensors: NamedTensors): Promise<NamedArrays> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => {
    const data = new Float32Array((await tensor.data()) as Float32Array);
    return [name, { shape: tensor.shape, data }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

// tf.tidy for results with optional members, which its own type does not allow although it handles them.
function scoped<Result>(compute: () => Result): Result {
  return tf.tidy(compute as () => Tensor) as Result;
}

function tensorsOf(state: OptimiserTensors): Tensor[] {
  const groups = [state.weight, state.first, state.second, state.average ?? {}];
  return groups.flatMap((group) => Object.values(group));
}

/** Batch arrays as tensors; the caller disposes them. */
export function batchTensors(batch: Batch, options: EngineOptions): BatchTensors {
  const { blocks, objective, height, width } = options;
  const shapes = Object.entries(objective.targetShapes(batch.size));
  return {
    image: tf.tensor4d(batch.image, [batch.size, 3, height, width]),
    targets: Object.fromEntries(
      shapes.map(([name, shape]) => [name, tf.tensor(batch.targets[name]!, [...shape], 'float32')]),
    ),
    dropPath: batch.dropPath && tf.tensor3d(batch.dropPath, [blocks, 2, batch.size]),
    randomShift: batch.randomShift && tf.tensor2d(batch.randomShift, [blocks, 8]),
  };
}

/** Training steps on the current tfjs backend. */
export class EagerEngine implements TrainingEngine {
  readonly kind = 'eager';
  readonly #options: EngineOptions;
  #state: OptimiserTensors;

  constructor(options: EngineOptions, state: OptimiserState) {
    this.#options = options;
    this.#state = {
      weight: upload(state.weight),
      first: upload(state.first),
      second: upload(state.second),
      average: state.average && upload(state.average),
    };
  }

  async step(batches: readonly Batch[], learningRate: number, count: number): Promise<StepResult> {
    const before = this.#state;
    const { state, loss, norm } = scoped(() => this.#compute(batches, learningRate, count));
    this.#state = state;
    tf.dispose(tensorsOf(before));
    const [lossValue, normValue] = await Promise.all([loss.data(), norm.data()]);
    tf.dispose([loss, norm]);
    return { loss: lossValue[0]!, gradientNorm: normValue[0]! };
  }

  #compute(batches: readonly Batch[], learningRate: number, count: number) {
    const { objective, settings } = this.#options;
    const parts = batches.map((batch) =>
      scoped(() => lossAndGradients(objective, this.#state.weight, batchTensors(batch, this.#options))),
    );
    const corrections = biasCorrections(settings, count);
    const step = {
      learningRate: tf.scalar(learningRate),
      correction1: tf.scalar(corrections.correction1),
      correction2: tf.scalar(corrections.correction2),
    };
    const gradients = meanGradients(parts.map((part) => part.gradients));
    const loss = tf.div(tf.addN(parts.map((part) => part.loss)), parts.length);
    return { ...updateWeights(this.#state, gradients, step, settings), loss };
  }

  async predict(image: Float32Array, size: number): Promise<PlainTensors> {
    const { objective, height, width } = this.#options;
    const weights = this.#state.average ?? this.#state.weight;
    const predictions = tf.tidy(() =>
      objective.predict(weights, tf.tensor4d(image, [size, 3, height, width])),
    );
    const plain = await download(predictions);
    tf.dispose(predictions);
    return plain;
  }

  async state(): Promise<OptimiserState> {
    const { weight, first, second, average } = this.#state;
    return {
      weight: await download(weight),
      first: await download(first),
      second: await download(second),
      average: average && (await download(average)),
    };
  }

  async close(): Promise<void> {
    tf.dispose(tensorsOf(this.#state));
  }
}
