import type { OnnxGraph } from '../../onnx/model.js';
import { StatefulSession } from '../../runtime/session/stateful-session.js';
import { elementCount, type NamedArrays } from '../../tensor/named-arrays.js';
import type { PlainTensors } from '../../tensor/plain-tensor.js';
import { biasCorrections } from '../optimiser/adamw.js';
import type { EngineOptions } from './eager-engine.js';
import type { Batch, OptimiserState, StepResult, TrainingEngine } from './engine.js';
import type { BatchForm, Group } from './record-step.js';
import {
  batchForm,
  groups,
  nextPrefix,
  recordGradients,
  recordPrediction,
  recordStep,
  recordUpdate,
  targetPrefix,
} from './record-step.js';

/**
 * Training steps in ONNX Runtime, in a thread of their own.
 *
 * Forward pass, backward pass and update are recorded as one graph for each form of batch. With gradient accumulation
 * there are two graphs: one adds a micro-batch's gradients, the other updates the weights.
 */
export class TracedEngine implements TrainingEngine {
  readonly kind = 'traced';
  readonly #options: EngineOptions;
  readonly #session: StatefulSession;
  readonly #groups: readonly Group[];
  readonly #opened = new Map<string, Promise<void>>();

  private constructor(options: EngineOptions, session: StatefulSession, kept: readonly Group[]) {
    this.#options = options;
    this.#session = session;
    this.#groups = kept;
  }

  /** @param threads that ONNX Runtime computes on; by default one for each processor */
  static async start(options: EngineOptions, state: OptimiserState, threads?: number): Promise<TracedEngine> {
    const session = new StatefulSession(threads);
    const kept = groups.filter((group) => state[group] !== undefined);
    for (const group of kept) await session.store(grouped(group, state[group]!));
    return new TracedEngine(options, session, kept);
  }

  async step(batches: readonly Batch[], learningRate: number, count: number): Promise<StepResult> {
    const { correction1, correction2 } = biasCorrections(this.#options.settings, count);
    const scalars = scalarFeeds({ learningRate, correction1, correction2 });
    const [first, ...others] = batches;
    if (first === undefined) throw new Error('a training step needs at least one batch');
    if (others.length > 0) return this.#accumulate(batches, scalars);
    const form = batchForm(first);
    const name = `step ${JSON.stringify(form)}`;
    await this.#open(name, () => recordStep(this.#options, form));
    const { loss, norm } = await this.#session.run(name, { ...this.#feeds(first, form), ...scalars });
    return { loss: loss!.data[0]!, gradientNorm: norm!.data[0]! };
  }

  async #accumulate(batches: readonly Batch[], scalars: PlainTensors): Promise<StepResult> {
    await this.#openOnce('update', async () => {
      await this.#session.store(zeroGradients(this.#options));
      await this.#load('update', recordUpdate(this.#options));
    });
    let total = 0;
    for (const batch of batches) {
      const form = batchForm(batch);
      const name = `gradients ${JSON.stringify(form)}`;
      await this.#open(name, () => recordGradients(this.#options, form));
      const { loss } = await this.#session.run(name, this.#feeds(batch, form));
      total += loss!.data[0]!;
    }
    const share = 1 / batches.length;
    const { norm } = await this.#session.run('update', { ...scalars, ...scalarFeeds({ share }) });
    return { loss: total * share, gradientNorm: norm!.data[0]! };
  }

  async predict(image: Float32Array, size: number): Promise<PlainTensors> {
    const { height, width } = this.#options;
    const group = this.#groups.includes('average') ? 'average' : 'weight';
    const name = `prediction ${size}`;
    await this.#open(name, () => recordPrediction(this.#options, group, size));
    return this.#session.run(name, { image: { data: image, shape: [size, 3, height, width] } });
  }

  async state(): Promise<OptimiserState> {
    const names = Object.keys(this.#options.objective.parameterShapes);
    const read = async (group: Group): Promise<NamedArrays> => {
      const tensors = await this.#session.read(names.map((name) => `${group}/${name}`));
      return Object.fromEntries(names.map((name) => [name, tensors[`${group}/${name}`]!]));
    };
    return {
      weight: await read('weight'),
      first: await read('first'),
      second: await read('second'),
      average: this.#groups.includes('average') ? await read('average') : undefined,
    };
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #feeds(batch: Batch, form: BatchForm): PlainTensors {
    const { blocks, objective, height, width } = this.#options;
    const targets = Object.entries(objective.targetShapes(form.size)).map(([name, shape]) => {
      return [`${targetPrefix}${name}`, { data: batch.targets[name]!, shape }] as const;
    });
    return {
      image: { data: batch.image, shape: [form.size, 3, height, width] },
      ...Object.fromEntries(targets),
      ...(batch.dropPath && { dropPath: { data: batch.dropPath, shape: [blocks, 2, form.size] } }),
      ...(batch.randomShift && { randomShift: { data: batch.randomShift, shape: [blocks, 8] } }),
    };
  }

  #open(name: string, recordGraph: () => OnnxGraph): Promise<void> {
    return this.#openOnce(name, () => this.#load(name, recordGraph()));
  }

  #load(name: string, graph: OnnxGraph): Promise<void> {
    const outputs = graph.outputs.map((output) => output.name).filter((each) => each.startsWith(nextPrefix));
    const kept = Object.fromEntries(outputs.map((output) => [output, output.slice(nextPrefix.length)]));
    return this.#session.open(name, graph, kept);
  }

  #openOnce(name: string, open: () => Promise<void>): Promise<void> {
    const opened = this.#opened.get(name) ?? open();
    this.#opened.set(name, opened);
    return opened;
  }
}

function grouped(group: string, arrays: NamedArrays): PlainTensors {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${group}/${name}`, array]));
}

function scalarFeeds(scalars: Readonly<Record<string, number>>): PlainTensors {
  const entries = Object.entries(scalars);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, { data: Float32Array.of(value), shape: [] }]),
  );
}

function zeroGradients({ objective }: EngineOptions): PlainTensors {
  const shapes = Object.entries(objective.parameterShapes);
  const zeros = shapes.map(([name, shape]) => {
    return [`gradient/${name}`, { data: new Float32Array(elementCount(shape)), shape }] as const;
  });
  return Object.fromEntries(zeros);
}
