import { workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { answerRequests } from '../../base/threads/requests.js';
import type { PlainTensor, PlainTensors } from '../../tensor/plain-tensor.js';
import type { StatefulRequest, StatefulWorkerData } from './stateful-messages.js';

interface OpenGraph {
  readonly session: InferenceSession;
  readonly kept: Readonly<Record<string, string>>;
}

const { threads } = workerData as StatefulWorkerData;
const graphs = new Map<string, OpenGraph>();
/** Tensors by name: the current ones, and buffers of the same shapes for the next. */
const stored = new Map<string, Tensor>();
const spare = new Map<string, Tensor>();

const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: threads,
  graphOptimizationLevel: 'all',
  // A plan made from the first run's allocations is kept beside them: a third more memory and no faster.
  enableMemPattern: false,
  // Moments and gradients of weights that stopped moving become denormal numbers, which CPUs add a hundred times slower.
  extra: { session: { set_denormal_as_zero: '1' } },
};

async function answer(request: StatefulRequest): Promise<PlainTensors> {
  switch (request.kind) {
    case 'store':
      for (const [name, plain] of Object.entries(request.tensors)) stored.set(name, fromPlain(plain));
      return {};
    case 'read':
      return Object.fromEntries(request.names.map((name) => [name, toPlain(storedTensor(name))]));
    case 'open': {
      const session = await InferenceSession.create(request.model, sessionOptions);
      graphs.set(request.graph, { session, kept: request.kept });
      return {};
    }
    case 'run':
      return run(request.graph, request.feeds);
  }
}

/** Runs a graph on the given and the stored tensors; outputs that are not kept are the answer. */
async function run(name: string, given: PlainTensors): Promise<PlainTensors> {
  const graph = graphs.get(name);
  if (graph === undefined) throw new Error(`no graph ${name} is open`);
  const { session, kept } = graph;
  const inputs = session.inputNames.map((input) => {
    const plain = given[input];
    return [input, plain ? fromPlain(plain) : storedTensor(input)] as const;
  });
  // Kept outputs are written into the buffers that held the state before the current one.
  const outputs = session.outputNames.map((output) => [output, kept[output] ? spareFor(kept[output]) : null]);
  const results = await session.run(Object.fromEntries(inputs), Object.fromEntries(outputs));
  for (const [output, target] of Object.entries(kept)) {
    spare.set(target, storedTensor(target));
    stored.set(target, results[output]!);
  }
  const answers = session.outputNames.filter((output) => kept[output] === undefined);
  return Object.fromEntries(answers.map((output) => [output, toPlain(results[output]!)]));
}

function storedTensor(name: string): Tensor {
  const tensor = stored.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name} is stored`);
  return tensor;
}

function spareFor(name: string): Tensor {
  const { dims, size } = storedTensor(name);
  return spare.get(name) ?? new Tensor('float32', new Float32Array(size), dims);
}

function fromPlain({ data, shape }: PlainTensor): Tensor {
  return new Tensor('float32', data, shape);
}

function toPlain({ data, dims }: Tensor): PlainTensor {
  return { data: data as Float32Array, shape: dims };
}

answerRequests(answer);
