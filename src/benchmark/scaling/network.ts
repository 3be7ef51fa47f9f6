import type { ImageModel } from '../../../models/image-model.js';
import { disableTelemetry } from '../../base/threads/telemetry.js';
import { encodeModel } from '../../onnx/encode-model.js';
import type { BackendName } from '../../runtime/backends.js';
import { useBackend } from '../../runtime/backends.js';
import { graphTarget } from '../../runtime/session/device.js';
import { Session } from '../../runtime/session/session.js';
import { shareWeights, WEIGHTS_FILE } from '../../runtime/shared-weights.js';
import { traceInference } from '../../runtime/trace-inference.js';
import type { NamedArrays } from '../../tensor/named-arrays.js';
import type { Tensor, Tensor4D } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';

/** What computes: ONNX Runtime on the CPU, or a tfjs backend step by step. */
export const ENGINES = ['onnx', 'wasm', 'cpu', 'webgpu'] as const;
export type EngineName = (typeof ENGINES)[number];

/** A model loaded for square images of one size, ready for its first run. */
export interface Network {
  /** @param image [3, side, side], normalised; given away */
  run(image: Float32Array): Promise<void>;
  /** Bytes allocated on a device of its own, where the engine has one. */
  deviceBytes?(): number;
  close(): Promise<void>;
}

export interface NetworkOptions {
  readonly side: number;
  readonly threads: number;
}

export function openNetwork(
  engine: EngineName,
  model: ImageModel,
  weights: NamedArrays,
  options: NetworkOptions,
): Promise<Network> {
  return engine === 'onnx' ? openOnnx(model, weights, options) : openEager(engine, model, weights, options);
}

async function openOnnx(
  model: ImageModel,
  weights: NamedArrays,
  { side, threads }: NetworkOptions,
): Promise<Network> {
  disableTelemetry();
  const shared = shareWeights(model, weights);
  const size = { batch: 1, height: side, width: side, attention: false, ...graphTarget('cpu', threads) };
  const { graph } = traceInference(model, shared.locations, size);
  const session = await Session.open({
    model: encodeModel(graph),
    externalData: { [WEIGHTS_FILE]: shared.bytes },
    threads,
  });
  return {
    run: async (image) => {
      const feeds = { image: { data: image, shape: [1, 3, side, side] } };
      await session.run(feeds, [image.buffer as ArrayBuffer]);
    },
    close: () => session.close(),
  };
}

async function openEager(
  backend: BackendName,
  model: ImageModel,
  weights: NamedArrays,
  { side }: NetworkOptions,
): Promise<Network> {
  await useBackend(backend);
  const parameters = Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape }]): [string, Tensor] => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
  const run = async (image: Float32Array) => {
    const logits = tf.tidy(() => {
      const input = tf.tensor(image, [1, 3, side, side]) as Tensor4D;
      return model.forward(parameters, input).logits;
    });
    await logits.data();
    logits.dispose();
  };
  const close = async () => tf.dispose(parameters);
  if (backend !== 'webgpu') return { run, close };
  // Not for the other engines, whose memory is measured: it brings the backend and kernels of WebGPU.
  const { checkGpuErrors } = await import('../../runtime/webgpu-device.js');
  return {
    run: (image) => checkGpuErrors(() => run(image)),
    deviceBytes: () => (tf.memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU,
    close,
  };
}
