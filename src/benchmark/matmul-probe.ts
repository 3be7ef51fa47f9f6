import { InferenceSession, Tensor } from 'onnxruntime-node';
import { disableTelemetry } from '../base/threads/telemetry.js';
import { encodeModel } from '../onnx/encode-model.js';
import { GraphBuilder } from '../onnx/graph-builder.js';

const SIDE = 1024;
/** Products in one timed run, since a single one takes only a few milliseconds. */
const PRODUCTS = 8;

/** Floating-point operations of one run of {@link matMulProbe}. */
export const PROBE_FLOPS = PRODUCTS * 2 * SIDE ** 3;

/**
 * The yardstick of this benchmark: products of two 1024 x 1024 matrices in ONNX Runtime, both given at run
 * time.
 * @returns runs it once; `PROBE_FLOPS` divided by the time is the machine's rate
 */
export async function matMulProbe(threads: number): Promise<() => Promise<void>> {
  const graph = new GraphBuilder();
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, 'float32', [SIDE, SIDE])) as [string, string];
  graph.output('product', graph.node('MatMul', [a, b]), 'float32', [SIDE, SIDE]);
  disableTelemetry();
  const session = await InferenceSession.create(encodeModel(graph.build('matmul')), {
    intraOpNumThreads: threads,
  });
  const matrix = () =>
    new Tensor('float32', Float32Array.from({ length: SIDE ** 2 }, Math.random), [SIDE, SIDE]);
  const feeds = { a: matrix(), b: matrix() };
  const fetches = { product: matrix() };
  return async () => {
    for (let product = 0; product < PRODUCTS; product++) await session.run(feeds, fetches);
  };
}
