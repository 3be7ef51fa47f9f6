import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from './tensor.js';

/** What a kernel computed in JavaScript needs of the cpu and wasm backends. */
interface HostBackend {
  readSync(dataId: object): Float32Array | Int32Array;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
}

interface SegmentSumCall {
  readonly inputs: { readonly x: TensorInfo; readonly segmentIds: TensorInfo };
  readonly attrs: { readonly numSegments: number };
  readonly backend: HostBackend;
}

/**
 * Gives a backend whose tensors JavaScript can read an `UnsortedSegmentSum` that is linear in its input: the
 * gradient of a gather. tfjs has none for wasm, and its own for cpu passes over the whole input for every
 * segment.
 */
export function registerSegmentSum(backendName: 'cpu' | 'wasm'): void {
  const kernelName = 'UnsortedSegmentSum';
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: (call) => segmentSum(call as unknown as SegmentSumCall),
  });
}

function segmentSum({ inputs, attrs, backend }: SegmentSumCall): TensorInfo {
  const { x, segmentIds } = inputs;
  const values = backend.readSync(x.dataId);
  const ids = backend.readSync(segmentIds.dataId);
  const shape = [attrs.numSegments, ...x.shape.slice(segmentIds.shape.length)];
  const sums = new Float32Array(tf.util.sizeFromShape(shape));
  const width = ids.length === 0 ? 0 : values.length / ids.length;
  ids.forEach((segment, row) => {
    // As in tfjs, rows of negative or too large segments are dropped.
    if (segment < 0 || segment >= attrs.numSegments) return;
    for (let column = 0; column < width; column++) {
      sums[segment * width + column]! += values[row * width + column]!;
    }
  });
  return { dataId: backend.write(sums, shape, 'float32'), shape, dtype: 'float32' };
}
