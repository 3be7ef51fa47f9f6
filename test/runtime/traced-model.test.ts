import '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { initialWeights } from '../../models/initialise.js';
import type { ModelConfig } from '../../models/model-config.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import { useBackend } from '../../src/runtime/backends.js';
import { TracedModel } from '../../src/runtime/traced-model.js';
import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import { tf } from '../../src/tensor/tensor.js';

const sparse = 'l1,h1,d8,n1,s1,g1,p4,f3,a0_l2,h2,d16,n2,s1,g2,p2,f3,a1_l3,h2,d16,n1,s1,g0,p2,f3,a0';
const configs: Record<string, ModelConfig> = {
  sparse: modelConfigSchema.parse({ type: 'vil', arch: sparse, classes: 5, imageSize: [64, 64] }),
  'separate projections, exact windows': modelConfigSchema.parse({
    type: 'vil',
    arch: sparse,
    classes: 5,
    imageSize: [64, 64],
    exact: 1,
    shareGlobalProjections: false,
  }),
  vit: modelConfigSchema.parse({
    type: 'vit',
    patch: 8,
    width: 24,
    depth: 2,
    heads: 3,
    classes: 5,
    imageSize: [64, 64],
  }),
};

let opened: TracedModel | undefined;

beforeAll(() => useBackend('cpu'));
afterEach(() => opened?.close());

async function openModel(config: ModelConfig, options = {}) {
  const model = createModel(config);
  const weights = initialWeights(model, 3);
  opened = await TracedModel.open(model, weights, { threads: 1, ...options });
  return { model, weights, traced: opened };
}

function randomImage(batch: number, height: number, width: number): Float32Array {
  return tf.tidy(() => tf.randomNormal([batch, 3, height, width], 0, 1, 'float32', 4).dataSync<'float32'>());
}

/** Logits, features and global attention of the same model on tfjs-cpu. */
function eager(
  config: ModelConfig,
  weights: NamedArrays,
  image: Float32Array,
  shape: [number, number, number],
) {
  const [batch, height, width] = shape;
  return tf.tidy(() => {
    const parameters = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    let attention: Float32Array | undefined;
    const { logits, features } = createModel(config).forward(
      parameters,
      tf.tensor4d(image, [batch, 3, height, width]),
      { capture: (_, value) => (attention = value.dataSync<'float32'>()) },
    );
    return { logits: logits.dataSync<'float32'>(), features: features.dataSync<'float32'>(), attention };
  });
}

function expectClose(actual: Float32Array | undefined, expected: Float32Array | undefined): void {
  expect(actual?.length).toBe(expected?.length);
  const worst = expected!.reduce((most, value, at) => Math.max(most, Math.abs(value - actual![at]!)), 0);
  expect(worst).toBeLessThan(1e-4);
}

describe('TracedModel', () => {
  it.each(Object.keys(configs))(
    'computes what the eager model computes, at several sizes: %s',
    async (name) => {
      const { weights, traced } = await openModel(configs[name]!);
      for (const [batch, height, width] of [
        [1, 64, 64],
        [2, 48, 96],
        [1, 128, 32],
      ] as [number, number, number][]) {
        const image = randomImage(batch, height, width);
        const actual = await traced.run({ image, batch, height, width, attention: true });
        const expected = eager(configs[name]!, weights, image, [batch, height, width]);
        expectClose(actual.logits, expected.logits);
        expectClose(actual.features, expected.features);
        expectClose(actual.attention?.data, expected.attention);
      }
    },
  );

  it('says what grid and heads an attention map has, and returns none unasked', async () => {
    const { traced } = await openModel(configs.sparse!);
    const request = { image: randomImage(1, 48, 96), batch: 1, height: 48, width: 96 };
    const { attention } = await traced.run({ ...request, attention: true });
    expect(attention).toMatchObject({ heads: 2, globals: 2, rows: 6, columns: 12 });
    expect(attention!.data).toHaveLength(2 * 2 * (2 + 72));
    expect((await traced.run(request)).attention).toBeUndefined();
  });

  it('traces once for requests of one size that arrive together', async () => {
    const { traced, model } = await openModel(configs.sparse!);
    let forwards = 0;
    const original = model.forward;
    model.forward = (...args) => {
      forwards++;
      return original(...args);
    };
    const request = { image: randomImage(1, 32, 32), batch: 1, height: 32, width: 32 };
    const results = await Promise.all([traced.run(request), traced.run(request), traced.run(request)]);
    expect(forwards).toBe(1);
    for (const { logits } of results) expect(logits).toEqual(results[0]!.logits);
  });

  it('leaves no tensors behind, and refuses requests once closed', async () => {
    const before = tf.memory().numTensors;
    const { traced } = await openModel(configs.sparse!, { cacheSize: 1 });
    for (const width of [32, 64, 96]) {
      await traced.run({ image: randomImage(1, 32, width), batch: 1, height: 32, width });
    }
    await traced.close();
    expect(tf.memory().numTensors).toBe(before);
    const late = traced.run({ image: randomImage(1, 32, 32), batch: 1, height: 32, width: 32 });
    await expect(late).rejects.toThrow('closed');
  });

  it('says so when the device is not there', async () => {
    const device = process.platform === 'win32' ? 'coreml' : 'dml';
    const { traced } = await openModel(configs.sparse!, { device });
    const run = traced.run({ image: randomImage(1, 32, 32), batch: 1, height: 32, width: 32 });
    await expect(run).rejects.toThrow(`The device ${device} is not available`);
  });
});
