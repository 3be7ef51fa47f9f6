import '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LongformerAttentionInputs } from '../../kernels/attention-op.js';
import { longformerAttention2d } from '../../kernels/longformer-attention.js';
import type { RotaryTables } from '../../kernels/rotary.js';
import { packRotary, rotate } from '../../kernels/rotary.js';
import { rotaryTables } from '../../models/layers/rotary-tables.js';
import { useBackend } from '../../src/runtime/backends.js';
import type { Tensor, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { gradientsOf, randomAttentionInputs } from '../helpers/attention-inputs.js';
import { relativeErrors } from '../helpers/attention-on-webgpu.js';
import { SMALL_ATTENTION } from '../helpers/attention-settings.js';
import { describeWebGpu } from '../helpers/webgpu.js';

const centred = { base: 100, coordinates: 'centred', offset: 0 } as const;
const values = (tensor: Tensor) => tensor.dataSync<'float32'>();
const largest = (a: Tensor, b: Tensor) => values(tf.max(tf.abs(tf.sub(a, b))))[0]!;

describe('rotate', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  it('turns channels half a head apart by the angle of their token', () => {
    const angles = [0.3, 1.2];
    const tables: RotaryTables = {
      cos: tf.tensor2d([angles.map(Math.cos)]),
      sin: tf.tensor2d([angles.map(Math.sin)]),
    };
    const found = values(rotate(tf.tensor3d([1, 2, 3, 4], [1, 1, 4]), tables, 1));
    const [c0, s0, c1, s1] = [Math.cos(0.3), Math.sin(0.3), Math.cos(1.2), Math.sin(1.2)];
    const expected = [c0 - 3 * s0, 2 * c1 - 4 * s1, 3 * c0 + s0, 4 * c1 + 2 * s1];
    for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, 5);
  });

  it('leaves global tokens as they are, and keeps what a query says of a key that moves with it', () => {
    const grid = { base: 10_000, coordinates: 'index', offset: 0 } as const;
    const tables = rotaryTables(grid, [6, 7], 2, 16);
    const same = (vector: Tensor) => tf.add(vector, tf.zeros([1, 44, 16])) as Tensor3D;
    const [query, key]: Tensor[] = [3, 4].map((seed) => tf.randomNormal([1, 1, 16], 0, 1, 'float32', seed));
    const [queries, keys] = [rotate(same(query!), tables, 1), rotate(same(key!), tables, 1)];
    expect(largest(tf.slice(queries, [0, 0, 0], [1, 2, 16]), same(query!).slice([0, 0, 0], [1, 2, 16]))).toBe(
      0,
    );
    const products = tf.matMul(queries, keys, false, true).arraySync() as number[][][];
    const between = (a: [number, number], b: [number, number]) =>
      products[0]![2 + a[0] * 7 + a[1]]![2 + b[0] * 7 + b[1]]!;
    expect(between([1, 2], [3, 1])).toBeCloseTo(between([2, 4], [4, 3]), 4);
    expect(Math.abs(between([1, 2], [3, 1]) - between([1, 2], [3, 2]))).toBeGreaterThan(1e-3);
  });

  it('has the rotation back as its gradient', () => {
    const tables = rotaryTables(centred, [3, 3], 1, 8);
    const x: Tensor3D = tf.randomNormal([2, 10, 16], 0, 1, 'float32', 1);
    const dy: Tensor3D = tf.randomNormal([2, 10, 16], 0, 1, 'float32', 2);
    const gradient = tf.grad((input) => rotate(input as Tensor3D, tables, 2))(x, dy);
    expect(largest(rotate(gradient as Tensor3D, tables, 2), dy)).toBeLessThan(1e-5);
  });
});

await describeWebGpu('rotary positions in the fused attention', () => {
  it.each([
    { name: 'windows and global tokens', attrs: {}, headWidth: 16 },
    { name: 'more global tokens than a workgroup serves', attrs: { globals: 5 }, headWidth: 8 },
    { name: 'no global tokens', attrs: { globals: 0 }, headWidth: 16 },
    { name: 'a head that the kernel leaves to standard ops', attrs: {}, headWidth: 12 },
  ])(
    'give the outputs and gradients of queries and keys turned before: $name',
    async ({ attrs, headWidth }) => {
      const settings = { ...SMALL_ATTENTION, ...attrs };
      const run = async (backend: 'cpu' | 'webgpu') => {
        await useBackend(backend);
        const { globals, rows, columns } = settings;
        const inputs = randomAttentionInputs(settings, { hasBias: false, seed: 4, headWidth });
        const rotary = packRotary(rotaryTables(centred, [rows, columns], globals, headWidth));
        const { output, gradients } = gradientsOf(inputs, (given: LongformerAttentionInputs) =>
          longformerAttention2d({ ...given, rotary }, settings),
        );
        const found: Record<string, Float32Array> = { output: (await output.data()) as Float32Array };
        for (const [name, gradient] of Object.entries(gradients)) {
          found[name] = (await gradient.data()) as Float32Array;
        }
        return found;
      };
      const expected = await run('cpu');
      const errors = relativeErrors(await run('webgpu'), expected);
      expect(Object.keys(errors)).toContain('key');
      for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(1e-5);
    },
    300_000,
  );
});
