import '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { expect, it, vi } from 'vitest';
import type { LongformerAttentionAttrs } from '../../../kernels/attention-op.js';
import { longformerAttention2d } from '../../../kernels/longformer-attention.js';
import { planAttention } from '../../../kernels/webgpu/plan.js';
import { kernelSettings, type SettingOverrides } from '../../../kernels/webgpu/settings.js';
import { tf } from '../../../src/tensor/tensor.js';
import { gradientsOf, randomAttentionInputs } from '../../helpers/attention-inputs.js';
import { onWebGpu } from '../../helpers/attention-on-webgpu.js';
import { backwardTraffic, forwardTraffic } from '../../helpers/kernel-traffic.js';
import { type CountedTraffic, countDispatches } from '../../helpers/tally.js';
import { describeWebGpu } from '../../helpers/webgpu.js';

vi.setConfig({ testTimeout: 300_000 });

const BASE = {
  heads: 2,
  rows: 7,
  columns: 10,
  globals: 2,
  window: 3,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
} as const;

await describeWebGpu('traffic of the kernels', () => {
  it.each([
    ['several chunks, the last ones cut', {}, 8, {}],
    ['more global tokens than a workgroup serves', { globals: 5 }, 8, {}],
    ['a head width that is not a multiple of four', {}, 6, {}],
    [
      'lanes, parts of chunks and small tiles',
      {},
      16,
      { laneChannels: 8, invocations: 8, workgroupMemory: 2048 },
    ],
    ['one neighbour, no global tokens', { mode: 'top right' as const, globals: 0 }, 8, {}],
  ])('is what the kernels count themselves: %s', async (_, attrs, headWidth, settings) => {
    const { counted, computed } = await bothCounts({ ...BASE, ...attrs }, headWidth, settings);
    expect(counted).toEqual(computed);
  });
});

type Counts = Record<string, CountedTraffic>;

/** Traffic as the kernels count it on the device, and as helpers/kernel-traffic.ts computes it. */
async function bothCounts(
  attrs: LongformerAttentionAttrs,
  headWidth: number,
  settings: SettingOverrides,
): Promise<{ counted: Counts; computed: Counts }> {
  return onWebGpu(settings, async () => {
    const backend = tf.backend() as unknown as WebGPUBackend;
    const inputs = randomAttentionInputs(attrs, { hasBias: true, seed: 1, headWidth });
    const counted = await countDispatches(backend, () => {
      const shape = [2, attrs.globals + attrs.rows * attrs.columns, attrs.heads * headWidth];
      const upstream = gradientsOf.upstream(shape);
      const tensors = Object.values(inputs).filter((tensor) => tensor !== undefined);
      tf.engine().gradients(() => longformerAttention2d(inputs, attrs), tensors, upstream, true);
    });
    const biases = {
      hasLocalBias: true,
      hasGlobalLocalBias: attrs.globals > 0,
      hasGlobalGlobalBias: attrs.globals > 0,
    };
    const problem = { ...attrs, ...biases, batch: 2, channels: attrs.heads * headWidth };
    const plan = planAttention(problem, kernelSettings(backend.device));
    const kernels = [...forwardTraffic(plan), ...backwardTraffic(plan)];
    return { counted, computed: Object.fromEntries(kernels.map(({ name, ...counts }) => [name, counts])) };
  });
}
