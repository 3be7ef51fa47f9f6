import { InferenceSession, Tensor } from 'onnxruntime-node';
import { answerRequests } from '../../base/threads/requests.js';
import type { Feeds, PlainTensor, PlainTensors } from '../../tensor/plain-tensor.js';
import { checkDevice, deviceError, executionProviders } from './execution-providers.js';
import type { LoadRequest, SessionRequest } from './session-messages.js';

let session: InferenceSession | undefined;

async function load({ model, externalData, device, threads, spin }: LoadRequest): Promise<void> {
  checkDevice(device);
  const options: InferenceSession.SessionOptions = {
    executionProviders: executionProviders(device),
    intraOpNumThreads: threads,
    extra: { session: { intra_op: { allow_spinning: spin ? '1' : '0' } } },
    graphOptimizationLevel: 'all',
    // A plan made from the first run's allocations is kept beside them, and doubles the memory of large images.
    enableMemPattern: false,
    logSeverityLevel: 3,
    externalData: Object.entries(externalData).map(([path, data]) => ({ path, data })),
  };
  try {
    // The overloads for paths and for bytes are one function.
    session = await InferenceSession.create(model as string, options);
  } catch (error) {
    throw device === 'cpu' ? error : deviceError(device, error);
  }
}

async function run(feeds: Feeds): Promise<PlainTensors> {
  const inputs = Object.entries(feeds).map(([name, plain]) => [name, fromPlain(plain)] as const);
  const outputs = await session!.run(Object.fromEntries(inputs));
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toPlain(tensor)]));
}

function fromPlain({ data, shape }: Feeds[string]): Tensor {
  if (data instanceof Uint8Array) return new Tensor('uint8', data, shape);
  return data instanceof Int32Array ? new Tensor('int32', data, shape) : new Tensor('float32', data, shape);
}

function toPlain({ data, dims }: InferenceSession.OnnxValueMapType[string]): PlainTensor {
  return { data: data as Float32Array, shape: dims };
}

answerRequests<SessionRequest, PlainTensors>(async (request) => {
  if (request.kind === 'run') return run(request.feeds);
  if (request.kind === 'load') await load(request);
  else await session?.release();
  return {};
});
