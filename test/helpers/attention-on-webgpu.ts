import '@tensorflow/tfjs';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../../kernels/attention-op.js';
import { longformerAttention2d } from '../../kernels/longformer-attention.js';
import { overrideKernelSettings, type SettingOverrides } from '../../kernels/webgpu/settings.js';
import { useBackend } from '../../src/runtime/backends.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { gradientsOf, randomAttentionInputs } from './attention-inputs.js';
import { denseOracle } from './dense-oracle.js';

/** A tensor off any backend. */
interface Values {
  readonly shape: number[];
  readonly data: Float32Array;
}

/** The output and each input's gradient, by name. */
export type AttentionValues = Readonly<Record<string, Float32Array>>;

export interface RandomInputs {
  readonly hasBias: boolean;
  readonly seed: number;
  readonly headWidth?: number;
}

/** The fused kernels' output and gradients, and the dense oracle's on the CPU (wasm), for the same random inputs. */
export async function compareWithOracle(
  attrs: LongformerAttentionAttrs,
  random: RandomInputs,
  settings: SettingOverrides = {},
): Promise<{ actual: AttentionValues; expected: AttentionValues }> {
  await useBackend('wasm');
  const tensors = randomAttentionInputs(attrs, random);
  const values = await valuesOf(tensors);
  const expected = await evaluate(values, (inputs) => denseOracle(inputs, attrs));
  tf.dispose(Object.values(tensors));
  const actual = await onWebGpu(settings, () =>
    evaluate(values, (inputs) => longformerAttention2d(inputs, attrs)),
  );
  return { actual, expected };
}

/** Runs `work` on the webgpu backend under changed kernel settings. */
export async function onWebGpu<T>(settings: SettingOverrides, work: () => Promise<T>): Promise<T> {
  await useBackend('webgpu');
  overrideKernelSettings(settings);
  try {
    return await work();
  } finally {
    overrideKernelSettings({});
  }
}

/** Largest |actual - expected| by name, relative to max(1, largest |expected|). */
export function relativeErrors(actual: AttentionValues, expected: AttentionValues): Record<string, number> {
  const errors = Object.entries(expected).map(([name, reference]) => {
    const found = actual[name]!;
    let [difference, scale] = [found.length === reference.length ? 0 : Number.POSITIVE_INFINITY, 1];
    reference.forEach((value, i) => {
      const error = Math.abs(value - found[i]!);
      difference = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(difference, error);
      scale = Math.max(scale, Math.abs(value));
    });
    return [name, difference / scale];
  });
  return Object.fromEntries(errors);
}

async function valuesOf(tensors: object): Promise<Record<string, Values>> {
  const values: Record<string, Values> = {};
  for (const [name, tensor] of Object.entries(tensors) as [string, Tensor | undefined][]) {
    if (tensor) values[name] = { shape: tensor.shape, data: (await tensor.data()) as Float32Array };
  }
  return values;
}

async function evaluate(
  values: Record<string, Values>,
  attention: (inputs: LongformerAttentionInputs) => Tensor,
): Promise<AttentionValues> {
  const entries = Object.entries(values).map(
    ([name, { shape, data }]) => [name, tf.tensor(data, shape)] as const,
  );
  const inputs = Object.fromEntries(entries) as unknown as LongformerAttentionInputs;
  const result = gradientsOf(inputs, attention);
  const found: Record<string, Float32Array> = { output: (await result.output.data()) as Float32Array };
  for (const [name, gradient] of Object.entries(result.gradients)) {
    found[name] = (await gradient.data()) as Float32Array;
  }
  result.dispose();
  tf.dispose(Object.values(inputs));
  return found;
}
