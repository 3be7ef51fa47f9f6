import { expect, it, vi } from 'vitest';
import type { LongformerAttentionAttrs } from '../../../kernels/attention-op.js';
import type { SettingOverrides } from '../../../kernels/webgpu/settings.js';
import { compareWithOracle, relativeErrors } from '../../helpers/attention-on-webgpu.js';
import { SMALL_ATTENTION } from '../../helpers/attention-settings.js';
import { describeWebGpu, hasWebGpuFeature } from '../../helpers/webgpu.js';

// A software device compiles a dozen pipelines for each variant.
vi.setConfig({ testTimeout: 300_000 });

/** float32 against float32, relative to the largest reference value (at least 1). */
const TOLERANCE = 1e-5;
/** Keys and values rounded to 11 significant bits; what follows is still 32-bit. */
const HALF_TOLERANCE = 1e-2;

interface Case {
  readonly name: string;
  readonly attrs?: Partial<LongformerAttentionAttrs>;
  readonly headWidth?: number;
  readonly hasBias?: boolean;
}

const CASES: readonly Case[] = [
  { name: 'relative bias and two global tokens' },
  { name: 'no bias', hasBias: false },
  { name: 'no global tokens', attrs: { globals: 0 } },
  { name: 'more global tokens than a workgroup serves', attrs: { globals: 6, rows: 3 } },
  { name: 'global tokens alone', attrs: { onlyGlobal: true } },
  { name: 'an exact window', attrs: { exact: 'distance', rows: 8 } },
  { name: 'cyclic chunks', attrs: { exact: 'cyclic', rows: 9, columns: 6 } },
  {
    name: 'cyclic chunks that see padding around the border',
    attrs: { exact: 'cyclic', rows: 7, columns: 5 },
  },
  { name: 'cyclic chunks on a grid of one chunk', attrs: { exact: 'cyclic', rows: 2, columns: 2 } },
  { name: 'cyclic chunks and a single neighbour', attrs: { exact: 'cyclic', mode: 'top right', rows: 7 } },
  { name: 'the own chunk alone', attrs: { mode: 'own' } },
  { name: 'the upper left neighbour', attrs: { mode: 'top left' } },
  { name: 'the lower neighbour', attrs: { mode: 'bottom' } },
  { name: 'a grid smaller than a chunk', attrs: { rows: 2, columns: 1, window: 4 } },
  { name: 'chunks of one token', attrs: { window: 1, rows: 3, columns: 4 } },
  { name: 'a head width that is not a multiple of four', headWidth: 6 },
  { name: 'a head of one channel', headWidth: 1 },
  { name: 'heads that several lanes share', headWidth: 48, attrs: { heads: 1, rows: 4, window: 2 } },
  { name: 'heads of 128 channels', headWidth: 128, attrs: { heads: 1, rows: 4, columns: 4, window: 2 } },
];

const PATHS: readonly { name: string; settings: SettingOverrides }[] = [
  { name: 'without subgroups', settings: { subgroups: false } },
  { name: 'with two lanes a head', settings: { laneChannels: 8 } },
  { name: 'with four lanes a head', settings: { laneChannels: 4 } },
  { name: 'with several workgroups a chunk', settings: { invocations: 4 } },
  { name: 'with little workgroup memory', settings: { workgroupMemory: 1024 } },
];

const hasHalf = await hasWebGpuFeature('shader-f16');

await describeWebGpu('the fused attention on webgpu', () => {
  it.each(CASES)(
    'equals the dense oracle, outputs and gradients: $name',
    async ({ attrs, hasBias, headWidth }) => {
      const random = { hasBias: hasBias ?? true, seed: 11, headWidth };
      const { actual, expected } = await compareWithOracle({ ...SMALL_ATTENTION, ...attrs }, random);
      expectWithin(relativeErrors(actual, expected), TOLERANCE);
    },
  );

  const small = { ...SMALL_ATTENTION, rows: 4, window: 2 };

  it.each(PATHS)('computes the same $name', async ({ settings }) => {
    const random = { hasBias: true, seed: 5, headWidth: 16 };
    const { actual, expected } = await compareWithOracle(small, random, settings);
    expectWithin(relativeErrors(actual, expected), TOLERANCE);
  });

  it.skipIf(!hasHalf).each([true, false])(
    'stores keys and values in 16 bits, subgroups: %s',
    async (subgroups) => {
      const random = { hasBias: true, seed: 5, headWidth: 16 };
      const { actual, expected } = await compareWithOracle(small, random, { halfStorage: true, subgroups });
      const errors = relativeErrors(actual, expected);
      expectWithin(errors, HALF_TOLERANCE);
      // Rounding must show, or the path was not taken.
      expect(errors.output).toBeGreaterThan(TOLERANCE);
    },
  );

  it('gives the same gradients in every run', async () => {
    const random = { hasBias: true, seed: 3 };
    const [first, second] = [
      await compareWithOracle(SMALL_ATTENTION, random),
      await compareWithOracle(SMALL_ATTENTION, random),
    ];
    expect(second.actual).toEqual(first.actual);
  });
});

function expectWithin(errors: Record<string, number>, tolerance: number): void {
  for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(tolerance);
}
