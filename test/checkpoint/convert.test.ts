import '@tensorflow/tfjs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModel, type ModelConfig } from '../../models/model-config.js';
import { checkWeights } from '../../src/checkpoint/check-weights.js';
import { convertCheckpoint } from '../../src/checkpoint/convert.js';
import { readSafetensors, toFloat32 } from '../../src/checkpoint/safetensors.js';
import type { NamedArray, NamedArrays } from '../../src/tensor/named-arrays.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));

beforeEach(async () => {
  await tf.setBackend('cpu');
  tf.engine().startScope();
});
afterEach(() => tf.engine().endScope());

function logits(
  { config, weights }: { config: ModelConfig; weights: NamedArrays },
  image: NamedArray,
): Float32Array {
  const tensor = ({ data, shape }: NamedArray): Tensor => tf.tensor(data, [...shape]);
  const parameters = Object.fromEntries(
    Object.entries(weights).map(([name, array]) => [name, tensor(array)]),
  );
  return createModel(config)
    .forward(parameters, tensor(image) as Tensor4D)
    .logits.dataSync<'float32'>();
}

async function outputs(): Promise<NamedArrays> {
  return toFloat32((await readSafetensors(fixture('vit-outputs.safetensors'))).tensors);
}

function expectClose(actual: Float32Array, expected: NamedArray): void {
  expect(actual.length).toBe(expected.data.length);
  const differences = expected.data.map((value, index) => Math.abs(value - actual[index]!));
  expect(Math.max(...differences)).toBeLessThan(1e-4);
}

describe('vision transformers', () => {
  const cases: [string, string, string, string][] = [
    ['timm', 'vit-timm.safetensors', 'square', 'timm.square'],
    ['timm at an interpolated size', 'vit-timm.safetensors', 'oblong', 'timm.oblong'],
    ['transformers', 'vit-hugging-face.safetensors', 'square', 'hugging-face.square'],
    ['transformers 5 by torch.save', 'vit-hugging-face.bin', 'square', 'hugging-face.square'],
  ];
  it.each(cases)('give the logits of %s, plain and windowed', async (_, file, image, expected) => {
    const arrays = await outputs();
    for (const window of [undefined, 4]) {
      const { model } = await convertCheckpoint(fixture(file), { heads: 2, window });
      expect(model.config.type).toBe(window ? 'vil' : 'vit');
      expectClose(logits(model, arrays[image]!), arrays[expected]!);
    }
  });

  it('need the number of heads where no published model has the width', async () => {
    await expect(convertCheckpoint(fixture('vit-timm.safetensors'))).rejects.toThrow(/width 16.*--heads/);
    await expect(convertCheckpoint(fixture('vit-timm.safetensors'), { heads: 3 })).rejects.toThrow(
      /heads: width 16/,
    );
  });

  it('take heads, labels and channel statistics from the files that transformers writes beside them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'companion-'));
    const file = join(folder, 'model.safetensors');
    await copyFile(fixture('vit-hugging-face.safetensors'), file);
    const id2label = { 0: 'ant', 1: 'bee', 2: 'cat', 3: 'dog', 4: 'eel' };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ num_attention_heads: 2, id2label }));
    const preprocessor = {
      image_mean: [0.1, 0.2, 0.3],
      image_std: [1, 2, 3],
      size: { height: 32, width: 32 },
    };
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));
    const { model, notes } = await convertCheckpoint(file);
    expect(model.config).toMatchObject({ heads: 2 });
    expect(model.labels).toEqual(Object.values(id2label));
    expect(model.preprocessing).toMatchObject({
      mean: [0.1, 0.2, 0.3],
      std: [1, 2, 3],
      resize: { mode: 'stretch' },
    });
    expect(notes).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('can be made for another size', async () => {
    const { model } = await convertCheckpoint(fixture('vit-timm.safetensors'), {
      heads: 2,
      imageSize: [64, 48],
    });
    expect(model.config.imageSize).toEqual([64, 48]);
    expect(model.preprocessing).toMatchObject({
      imageSize: [64, 48],
      resize: { mode: 'crop', shorterSide: 53 },
    });
    expect(model.weights.pos_embed!.shape).toEqual([1, 1 + 8 * 6, 16]);
  });

  it('are not given an architecture string', async () => {
    const options = { heads: 2, arch: 'l1,h2,d16,n2' };
    await expect(convertCheckpoint(fixture('vit-timm.safetensors'), options)).rejects.toThrow(
      /--window, not --arch/,
    );
  });
});

describe('official Vision Longformer', () => {
  it('is inferred from relative bias tables, without prefix, index buffers and copies of shared projections', async () => {
    const { model, notes } = await convertCheckpoint(fixture('longformer-relative.pth'));
    expect(model.config).toMatchObject({
      arch: 'l1,h2,d8,n1,s1,g1,p4,f2,a0_l2,h2,d16,n1,s0,g0,p2,f7,a0',
      classes: 3,
      imageSize: [32, 32],
      shareGlobalProjections: true,
      normEmbed: true,
      positionTable: 'separable',
    });
    expect(Object.keys(model.weights).filter((name) => /_global|index|module/.test(name))).toEqual([]);
    expect(model.labels).toEqual(['class 0', 'class 1', 'class 2']);
    expect(model.preprocessing.mean).toEqual([0.485, 0.456, 0.406]);
    expect(notes.join(' ')).toMatch(/inferred/);
  });

  it('asks for the architecture when the tensors do not show the heads', async () => {
    await expect(convertCheckpoint(fixture('longformer-absolute.pth'))).rejects.toThrow(
      /number of heads.*--arch/,
    );
  });

  it('takes absolute positions and drops tables of size zero', async () => {
    const arch = 'l1,h2,d8,n1,s1,g1,p4,f3,a1_l2,h2,d16,n1,s0,g0,p2,a1';
    const { model } = await convertCheckpoint(fixture('longformer-absolute.pth'), { arch });
    expect(model.config).toMatchObject({ arch, imageSize: [32, 32] });
    expect(model.weights).not.toHaveProperty('layer2.0.cls_pos_embed');
  });

  it('interpolates tables for another window and image size', async () => {
    const arch = 'l1,h2,d8,n1,s1,g1,p4,f3,a0_l2,h2,d16,n1,s0,g0,p2,a0';
    const options = { arch, imageSize: [64, 64] } as const;
    const { model, notes } = await convertCheckpoint(fixture('longformer-relative.pth'), options);
    const table = 'attn.local_relative_position_bias_table';
    expect(model.weights[`layer1.1.${table}`]!.shape).toEqual([11 ** 2, 2]);
    expect(model.weights[`layer2.1.${table}`]!.shape).toEqual([15 ** 2, 2]);
    expect(notes.join(' ')).toMatch(/2 tables were interpolated/);
  });

  it('names tensors that do not fit the architecture given', async () => {
    const arch = 'l1,h2,d8,n2,s1,g1,p4,f2,a0_l2,h2,d16,n1,s0,g0,p2,a0';
    await expect(convertCheckpoint(fixture('longformer-relative.pth'), { arch })).rejects.toThrow(
      /longformer-relative\.pth does not fit.*missing tensors: layer1\.3\.norm\.weight/,
    );
  });

  it('is not windowed a second time', async () => {
    await expect(convertCheckpoint(fixture('longformer-relative.pth'), { window: 3 })).rejects.toThrow(
      /--arch/,
    );
  });
});

describe('classes', () => {
  const file = fixture('longformer-relative.pth');

  it('are named by labels, of which there must be as many', async () => {
    const { model } = await convertCheckpoint(file, { labels: ['ant', 'bee', 'cat'] });
    expect(model.labels).toEqual(['ant', 'bee', 'cat']);
    await expect(convertCheckpoint(file, { labels: ['ant', 'bee'] })).rejects.toThrow(
      /classifies 3 classes, but there are 2 labels\. The classifier is not cut/,
    );
  });

  it('can be replaced, with an untrained classifier', async () => {
    const { model, notes } = await convertCheckpoint(file, { labels: ['ant', 'bee'], newHeadSeed: 1 });
    expect(model.config.classes).toBe(2);
    expect(model.weights['head.weight']!.shape).toEqual([2, 16]);
    expect(() => checkWeights(model.weights, createModel(model.config).parameterShapes, 'it')).not.toThrow();
    expect(notes.join(' ')).toMatch(/3 classes was replaced by an untrained one of 2/);
    await expect(convertCheckpoint(file, { newHeadSeed: 1 })).rejects.toThrow(/--labels/);
  });
});

describe('other files', () => {
  it('are told by some of their tensors', async () => {
    await expect(convertCheckpoint(fixture('tensors.pth'))).rejects.toThrow(
      /neither .* its 10 tensors are contiguous/,
    );
  });
});
