import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { denseOracle } from '../../../kernels/dense-oracle.js';
import type {
  LongformerAttentionAttrs,
  LongformerAttentionInputs,
} from '../../../kernels/longformer-attention.js';
import { longformerAttention2d } from '../../../kernels/longformer-attention.js';
import { registerAttentionRecorder } from '../../../kernels/onnx/register.js';
import { useBackend } from '../../../src/engine/backends.js';
import { tf } from '../../../src/engine/tensor.js';
import { recordFunction, runGraph } from '../../engine/recorder/run-recorded.js';
import { randomAttentionInputs } from '../../helpers/attention-inputs.js';

beforeAll(async () => {
  await useBackend('cpu');
  registerAttentionRecorder();
});

/** All settings the original accepts; grids that end within a chunk, at its border, and are smaller than one. */
const settings = fc
  .record({
    heads: fc.integer({ min: 1, max: 3 }),
    rows: fc.integer({ min: 1, max: 14 }),
    columns: fc.integer({ min: 1, max: 14 }),
    globals: fc.integer({ min: 0, max: 2 }),
    window: fc.integer({ min: 1, max: 4 }),
    exact: fc.constantFrom<(-1 | 0 | 1)[]>(-1, 0, 0, 1),
    mode: fc.constantFrom(-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8),
    onlyGlobal: fc.constantFrom(false, false, false, true),
  })
  .map((s) => ({ ...s, onlyGlobal: s.onlyGlobal && s.globals > 0, mode: s.exact === 1 ? 0 : s.mode }));

/** Largest difference between the recorded op in ONNX Runtime and the dense oracle. */
async function errorOf(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Promise<number> {
  const entries = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
  const arrays = entries.map(([, { shape, dataSync }], index) => ({
    shape,
    data: Float32Array.from(dataSync.call(entries[index]![1])),
  }));
  const compute = (...tensors: tf.Tensor[]) =>
    longformerAttention2d(
      Object.fromEntries(
        entries.map(([name], index) => [name, tensors[index]]),
      ) as unknown as LongformerAttentionInputs,
      attrs,
    );
  const shapes = arrays.map(({ shape }) => shape);
  const [actual] = await runGraph(recordFunction(compute, shapes, 'onnx-inference'), arrays);
  const expected = tf.tidy(() => denseOracle(inputs, attrs).dataSync());
  tf.dispose(Object.values(inputs));
  return expected.reduce((worst, value, at) => Math.max(worst, Math.abs(value - actual!.data[at]!)), 0);
}

describe('the attention op in ONNX Runtime', () => {
  it('equals the dense oracle over random settings and grids', async () => {
    const property = fc.asyncProperty(settings, fc.boolean(), fc.integer(), async (attrs, hasBias, seed) => {
      const inputs = randomAttentionInputs(attrs, { hasBias, seed });
      expect(await errorOf(inputs, attrs)).toBeLessThan(1e-5);
    });
    await fc.assert(property, { numRuns: 80, seed: 1 });
  });
});
