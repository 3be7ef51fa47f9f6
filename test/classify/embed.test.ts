import '@tensorflow/tfjs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel } from '../../models/model-config.js';
import { readModelFolder } from '../../src/checkpoint/model-folder.js';
import type { ImageClassifier } from '../../src/classify/classifier.js';
import { nearestVectors } from '../../src/classify/nearest.js';
import { loadModel } from '../../src/detect/load.js';
import { decodeRgb } from '../../src/image/decode.js';
import { readHeader } from '../../src/image/header.js';
import { toModelInput } from '../../src/image/model-input.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { writeFeatureModel, writeTinyModel } from '../helpers/tiny-model.js';
import { gradientImage } from '../image/images.js';

let folder: string;
let classifierFolder: string;
let model: ImageClassifier;
beforeAll(async () => {
  [folder, classifierFolder] = await Promise.all([writeFeatureModel(), writeTinyModel()]);
  model = await loadModel(folder, { threads: 1 });
});
afterAll(async () => {
  await model.close();
  for (const each of [folder, classifierFolder]) await rm(dirname(each), { recursive: true });
});

const largest = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));

describe('ImageClassifier.embed', () => {
  it('gives class token, mean and patches as the model computes them eagerly', async () => {
    const png = await gradientImage(64, 48).png().toBuffer();
    const found = await model.embed(png);
    expect(found.patches).toMatchObject({ rows: 6, columns: 8, width: 16, cell: 8 });
    expect(found).toMatchObject({ width: 64, height: 48, tiles: 1 });
    await tf.setBackend('cpu');
    tf.engine().startScope();
    const { config, weights, preprocessing } = await readModelFolder(folder);
    const parameters: Record<string, Tensor> = {};
    for (const [name, { data, shape }] of Object.entries(weights))
      parameters[name] = tf.tensor(data, [...shape]);
    const header = await readHeader(png);
    const { data, height, width } = await toModelInput(await decodeRgb(png, { header }), 8, preprocessing);
    const expected = createModel(config).embed(parameters, tf.tensor4d(data, [1, 3, height, width]));
    const values = (tensor: Tensor) => tensor.dataSync<'float32'>();
    expect(largest(found.features, values(expected.features))).toBeLessThan(1e-4);
    expect(largest(found.classToken!, values(expected.classToken!))).toBeLessThan(1e-4);
    expect(largest(found.mean, values(expected.mean))).toBeLessThan(1e-4);
    expect(largest(found.patches.data, values(expected.patches))).toBeLessThan(1e-4);
    tf.engine().endScope();
  });

  it('puts the patches of tiles side by side and means vectors by area', async () => {
    const png = await gradientImage(160, 96).png().toBuffer();
    const found = await model.embed(png, { pixelsPerPass: 64 * 64 });
    expect(found.tiles).toBeGreaterThan(2);
    expect(found.patches).toMatchObject({ rows: 12, columns: 20 });
    const { data, width } = found.patches;
    const mean = new Float32Array(width);
    for (const [at, value] of data.entries()) mean[at % width]! += (value * width) / data.length;
    expect(largest(found.mean, mean)).toBeLessThan(1e-4);
  });

  it('works for a classifier of several stages too', async () => {
    const classifier = await loadModel(classifierFolder, { threads: 1 });
    const { patches, features } = await classifier.embed(await gradientImage(64, 64).png().toBuffer());
    await classifier.close();
    expect(patches).toMatchObject({ rows: 4, columns: 4, width: 32 });
    expect(features).toHaveLength(32);
  });

  it('is what a model of features is for: it does not classify', async () => {
    const png = await gradientImage(64, 48).png().toBuffer();
    await expect(model.classify(png)).rejects.toThrow(/model of features, without a classifier/);
  });
});

describe('nearestVectors', () => {
  it('sorts by the cosine of the angle, whatever the lengths', () => {
    const vectors = Float32Array.of(1, 0, 0, 0.1, 5, 5, 0, 0);
    const found = nearestVectors(vectors, Float32Array.of(0, 3), 3);
    expect(found.map(({ index }) => index)).toEqual([1, 2, 0]);
    expect(found[1]!.similarity).toBeCloseTo(Math.SQRT1_2, 6);
    expect(() => nearestVectors(vectors, Float32Array.of(1, 2, 3), 1)).toThrow(/another model/);
  });
});
