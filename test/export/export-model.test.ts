import '@tensorflow/tfjs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialWeights } from '../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import type { ModelFolder } from '../../src/checkpoint/model-folder.js';
import { exportedModel, exportModel } from '../../src/export/export-model.js';
import { useBackend } from '../../src/runtime/backends.js';
import { tf } from '../../src/tensor/tensor.js';
import { largestError, numbers } from '../onnx/recorder/run-recorded.js';

const configs = {
  'Vision Longformer': {
    type: 'vil',
    arch: 'l1,h2,d12,n1,s1,g1,p2,f3,a0_l2,h2,d16,n1,s1,g0,p2,f2,a1',
    classes: 3,
    imageSize: [24, 20],
  },
  ViT: { type: 'vit', patch: 4, width: 12, depth: 1, heads: 2, classes: 3, imageSize: [24, 20] },
};

function folderOf(settings: object): ModelFolder {
  const config = modelConfigSchema.parse(settings);
  return {
    path: '',
    config,
    labels: ['a', 'b', 'c'],
    weights: initialWeights(createModel(config), 1),
    preprocessing: {
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      interpolation: 'bicubic',
      imageSize: [24, 20],
      resize: { mode: 'none' },
    },
  };
}

describe('exportModel', () => {
  let out: string;

  beforeAll(async () => {
    await useBackend('cpu');
    out = await mkdtemp(join(tmpdir(), 'export-'));
  });

  afterAll(() => rm(out, { recursive: true }));

  it.each(Object.entries(configs))(
    'writes a graph that computes the logits of a %s',
    async (name, settings) => {
      const folder = folderOf(settings);
      const [graph, weights] = await exportModel(folder, join(out, name), { height: 28, width: 36 });
      const session = await InferenceSession.create(graph!, { intraOpNumThreads: 1 });
      const model = createModel(folder.config);
      for (const batch of [1, 3]) {
        const image = numbers([batch, 3, 28, 36], batch);
        const { logits } = await session.run({ image: new OrtTensor('float32', image.data, image.shape) });
        const expected = tf.tidy(() => {
          const entries = Object.entries(folder.weights);
          const parameters = entries.map(
            ([key, { data, shape }]) => [key, tf.tensor(data, [...shape])] as const,
          );
          const input = tf.tensor4d(image.data, [batch, 3, 28, 36]);
          const result = model.forward(Object.fromEntries(parameters), input).logits;
          return { shape: result.shape, data: Float32Array.from(result.dataSync()) } as never;
        }) as { shape: number[]; data: Float32Array };
        const actual = { shape: logits!.dims, data: logits!.data as Float32Array };
        expect(actual.shape).toEqual(expected.shape);
        expect(largestError(actual, expected)).toBeLessThan(1e-5);
      }
      await session.release();
      // The weights are beside the graph and not in it.
      const numbersStored = Object.values(folder.weights).reduce((sum, { data }) => sum + data.length, 0);
      expect((await readFile(weights!)).length).toBeGreaterThan(3 * numbersStored);
      expect((await readFile(graph!)).toString('latin1')).toContain('["a","b","c"]');
    },
  );

  it.each(Object.entries(configs))(
    'gives each product of a %s that has weights the weights themselves, as tools that quantise expect',
    async (_name, settings) => {
      const { graph } = await exportedModel(folderOf(settings), { height: 28, width: 36 });
      const constants = new Set(graph.initializers.map(({ name }) => name));
      const ofInput = new Set(graph.inputs.map(({ name }) => name));
      for (const { inputs, outputs } of graph.nodes)
        if (inputs.some((input) => ofInput.has(input))) for (const output of outputs) ofInput.add(output);
      const weights = graph.nodes
        .filter(({ op }) => op === 'MatMul' || op === 'Conv')
        .flatMap(({ inputs }) => inputs)
        .filter((input) => !ofInput.has(input));
      expect(weights.length).toBeGreaterThan(4);
      expect(weights.filter((input) => !constants.has(input))).toEqual([]);
    },
  );

  it('quantises products with weights by what images show, and computes nearly the same', async () => {
    const folder = folderOf({ ...configs.ViT, width: 48 });
    const image = join(out, 'noise.png');
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const create = { width: 60, height: 50, channels: 3, background: 'grey', noise } as const;
    await sharp({ create }).png().toFile(image);
    const size = { height: 24, width: 20 };
    const logits = [];
    for (const calibration of [undefined, [image]]) {
      const [graph] = await exportModel(folder, join(out, `bits-${calibration?.length}`), {
        ...size,
        calibration,
      });
      const session = await InferenceSession.create(graph!, { intraOpNumThreads: 1 });
      const x = numbers([2, 3, 24, 20], 3);
      const result = await session.run({ image: new OrtTensor('float32', x.data, x.shape) });
      logits.push({ shape: result.logits!.dims, data: result.logits!.data as Float32Array });
      await session.release();
    }
    const error = largestError(logits[1]!, logits[0]!);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.05);
    const { graph } = await exportedModel(folder, { ...size, calibration: [image] });
    // The integers and the zeros of each of the block's four layers.
    expect(graph.initializers.filter(({ type }) => type === 'int8').length).toBeGreaterThanOrEqual(8);
  });

  it('asks for images to quantise by, and says which cannot be read', async () => {
    const folder = folderOf(configs.ViT);
    const size = { height: 24, width: 20 };
    await expect(exportedModel(folder, { ...size, calibration: [] })).rejects.toThrow(/no image/);
    await expect(exportedModel(folder, { ...size, calibration: ['/nowhere.png'] })).rejects.toThrow(
      /nowhere\.png/,
    );
  });

  it('says which folder it could not write', async () => {
    const file = join(out, 'ViT', 'model.onnx', 'below');
    await expect(exportModel(folderOf(configs.ViT), file, { height: 24, width: 20 })).rejects.toThrow(file);
  });
});
