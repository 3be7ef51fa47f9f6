import '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../../../kernels/attention-op.js';
import { longformerAttention2d } from '../../../kernels/longformer-attention.js';
import { groupsInStrips } from '../../../kernels/onnx/local-attention.js';
import { registerAttentionRecorder } from '../../../kernels/onnx/register.js';
import { WINDOW_RULES } from '../../../kernels/window-rules.js';
import { windowedAttention } from '../../../kernels/windowed-composition.js';
import type { RecordOptions } from '../../../src/onnx/recorder/record.js';
import { useBackend } from '../../../src/runtime/backends.js';
import type { NamedTensorMap, Tensor } from '../../../src/tensor/tensor.js';
import { tf } from '../../../src/tensor/tensor.js';
import { randomAttentionInputs } from '../../helpers/attention-inputs.js';
import { attentionSettings } from '../../helpers/attention-settings.js';
import { denseOracle } from '../../helpers/dense-oracle.js';
import { recordFunction, runGraph } from '../../onnx/recorder/run-recorded.js';

beforeAll(async () => {
  await useBackend('wasm');
  registerAttentionRecorder();
});

/** Grids that end within a chunk, at its border, and are smaller than one; windows by whole chunks most of all. */
const settings = attentionSettings({ heads: 3, side: 14, rules: ['chunks', ...WINDOW_RULES] });

type Tensors = Readonly<Record<string, Tensor>>;

const small = {
  heads: 2,
  rows: 6,
  columns: 5,
  globals: 1,
  window: 3,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
} as const;

/** Largest difference between the recorded op in ONNX Runtime and `expected` on the current backend. */
async function errorOf(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
  expected: typeof longformerAttention2d,
  options: RecordOptions = {},
): Promise<number> {
  const tensors = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor)) as Tensors;
  const names = Object.keys(tensors);
  const arrays = Object.values(tensors).map((x) => ({ shape: x.shape, data: x.dataSync<'float32'>() }));
  const compute = (...given: Tensor[]) => {
    const named = Object.fromEntries(names.map((name, index) => [name, given[index]!]));
    return longformerAttention2d(named as unknown as LongformerAttentionInputs, attrs);
  };
  const graph = recordFunction(
    compute,
    arrays.map(({ shape }) => shape),
    'onnx-inference',
    options,
  );
  const [actual] = await runGraph(graph, arrays);
  const reference = tf.tidy(() => expected(inputs, attrs).dataSync<'float32'>());
  tf.dispose(tensors as unknown as NamedTensorMap);
  return reference.reduce((worst, value, at) => Math.max(worst, Math.abs(value - actual!.data[at]!)), 0);
}

describe('the attention op in ONNX Runtime', () => {
  it('equals the dense oracle over random settings and grids', async () => {
    const property = fc.asyncProperty(settings, fc.boolean(), fc.integer(), async (attrs, hasBias, seed) => {
      const inputs = randomAttentionInputs(attrs, { hasBias, seed });
      expect(await errorOf(inputs, attrs, denseOracle)).toBeLessThan(1e-5);
    });
    await fc.assert(property, { numRuns: 50, seed: 1 });
  });

  it.each([
    ['strips', { hasBias: true, globals: 1, hasLoops: false }],
    ['iterations of a loop', { hasBias: true, globals: 1, hasLoops: true }],
    ['iterations of a loop, without bias and global tokens', { hasBias: false, globals: 0, hasLoops: true }],
  ])(
    'equals the composition on a grid that takes several %s',
    async (_case, { hasBias, globals, hasLoops }) => {
      const attrs = { ...small, rows: 310, columns: 75, globals, window: 7 } as LongformerAttentionAttrs;
      const groups = groupsInStrips(attrs, 4, { hasLoops, threads: 4 });
      expect(Math.max(...groups.map(({ strips }) => strips.length))).toBeGreaterThan(1);
      const looped = groups.filter((group) => group.looped > 0);
      expect(looped.length > 0).toBe(hasLoops);
      // What is left over after the iterations is computed too.
      if (hasLoops) expect(looped.some((group) => group.strips.length > group.looped)).toBe(true);
      const inputs = randomAttentionInputs(attrs, { hasBias, seed: 5, batch: 1 });
      expect(await errorOf(inputs, attrs, windowedAttention, { hasLoops })).toBeLessThan(1e-5);
    },
  );

  it('leaves no tensors behind', async () => {
    const attrs = { ...small, exact: 'cyclic' as const };
    const before = tf.memory().numTensors;
    await errorOf(randomAttentionInputs(attrs, { hasBias: true, seed: 2 }), attrs, denseOracle);
    expect(tf.memory().numTensors).toBe(before);
  });
});
