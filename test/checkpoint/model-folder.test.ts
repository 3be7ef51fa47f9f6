import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import {
  checkModelTarget,
  isModelFolder,
  readModelFolder,
  writeModelFolder,
} from '../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../src/checkpoint/resolve-model.js';
import { writeSafetensors } from '../../src/checkpoint/safetensors.js';
import { centreCrop } from '../../src/image/preprocessing.js';
import { smallVit } from '../helpers/small-vit.js';

let parent: string;
let folder: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'model-folder-'));
});
afterAll(() => rm(parent, { recursive: true }));

const { config, weights } = smallVit();
const labels = ['ant', 'bee', 'cat', 'dog', 'eel'];
const preprocessing = centreCrop([16, 16], 0.875, 'imagenet');

beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'model-'));
  await writeModelFolder(folder, { config, preprocessing, labels, weights }, '# A small model\n');
});

async function edit(file: string, change: (value: Record<string, unknown>) => unknown): Promise<void> {
  const path = join(folder, file);
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))));
}

describe('model folder', () => {
  it('comes back as it was written', async () => {
    expect(await readModelFolder(folder)).toEqual({ path: folder, config, preprocessing, labels, weights });
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('# A small model\n');
  });

  it('keeps weights within a rounding error in half the space', async () => {
    const size = async () => (await stat(join(folder, 'model.safetensors'))).size;
    const whole = await size();
    await writeModelFolder(folder, { config, preprocessing, labels, weights }, '', 'F16');
    expect(await size()).toBeLessThan(0.75 * whole);
    const halved = (await readModelFolder(folder)).weights;
    for (const [name, { data }] of Object.entries(weights)) {
      const errors = data.map((value, index) => Math.abs(halved[name]!.data[index]! - value));
      expect(Math.max(...errors)).toBeLessThanOrEqual(Math.max(...data.map(Math.abs)) * 2 ** -11);
    }
  });

  it('refuses weights in which a bit is not as it was written', async () => {
    const path = join(folder, 'model.safetensors');
    const whole = await readFile(path);
    for (let round = 0; round < 60; round++) {
      const flipped = Buffer.from(whole);
      flipped[Math.floor((round * whole.length) / 60)]! ^= 1 << (round % 8);
      await writeFile(path, flipped);
      const error = await readModelFolder(folder).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(UserError);
      expect(String(error)).toContain(path);
    }
    await writeFile(path, whole);
    await readModelFolder(folder);
  });

  it('is read without a checksum, as earlier versions wrote it, and when its owner has taken it out', async () => {
    await edit('config.json', ({ weightsChecksum: _, ...value }) => value);
    const other = { ...weights, 'head.bias': { shape: [5], data: new Float32Array(5).fill(7) } };
    await writeSafetensors(join(folder, 'model.safetensors'), other);
    expect((await readModelFolder(folder)).weights['head.bias']!.data[0]).toBe(7);
  });

  it('can be read wherever a kill ends its replacement', async () => {
    const other = { ...weights, 'head.bias': { shape: [5], data: new Float32Array(5).fill(7) } };
    const files = ['config.json', 'model.safetensors'] as const;
    const read = async (from: string) => Promise.all(files.map((name) => readFile(join(from, name))));
    const [oldConfig, oldWeights] = await read(folder);
    const target = join(parent, 'replaced');
    await writeModelFolder(target, { config, preprocessing, labels, weights: other }, '');
    const [newConfig, newWeights] = await read(target);
    const sums = [oldConfig!, newConfig!].flatMap((text) => JSON.parse(text.toString()).weightsChecksum);
    // Before the weights are replaced, the configuration takes both.
    const announced = JSON.stringify({ ...JSON.parse(oldConfig!.toString()), weightsChecksum: sums });
    for (const bytes of [oldWeights!, newWeights!]) {
      await writeFile(join(folder, 'config.json'), announced);
      await writeFile(join(folder, 'model.safetensors'), bytes);
      await readModelFolder(folder);
      await writeModelFolder(folder, { config, preprocessing, labels, weights: other }, '');
      expect(await read(folder)).toEqual([newConfig, newWeights]);
    }
  });

  it('names missing, unexpected and misshapen tensors together', async () => {
    const { 'norm.bias': _, ...rest } = weights;
    const tensors = {
      ...rest,
      extra: rest['norm.weight']!,
      'head.bias': { shape: [7], data: new Float32Array(7) },
    };
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    await expect(readModelFolder(folder)).rejects.toThrow(
      /model\.safetensors does not fit.*missing tensors: norm\.bias; unexpected tensors: extra; wrong shapes: head\.bias has shape \[7\] instead of \[5\]/,
    );
  });

  it('shortens long lists', async () => {
    await writeSafetensors(join(folder, 'model.safetensors'), {});
    await expect(readModelFolder(folder)).rejects.toThrow(/missing tensors: cls_token, .* and \d+ more/);
  });

  it('refuses weights that are not finite', async () => {
    const bias = { shape: [5], data: Float32Array.of(0, Number.NaN, 0, 0, 0) };
    await writeSafetensors(join(folder, 'model.safetensors'), { ...weights, 'head.bias': bias });
    await expect(readModelFolder(folder)).rejects.toThrow(/"head\.bias" has 1 of 5 values/);
  });

  it('names the field of a wrong configuration', async () => {
    await edit('config.json', (value) => ({ ...value, model: { ...config, heads: 'two' } }));
    await expect(readModelFolder(folder)).rejects.toThrow(/config\.json is wrong:[\s\S]*model\.heads/);
    await edit('config.json', (value) => ({
      ...value,
      model: config,
      preprocessing: { ...preprocessing, std: [0, 1, 1] },
    }));
    await expect(readModelFolder(folder)).rejects.toThrow(/preprocessing\.std\[0\]/);
  });

  it('wants as many labels as classes', async () => {
    await edit('labels.json', () => labels.slice(1));
    await expect(readModelFolder(folder)).rejects.toThrow(/labels\.json has 4 labels, but .* has 5 classes/);
  });

  it('says which file is missing or is not JSON', async () => {
    await writeFile(join(folder, 'labels.json'), 'ant, bee');
    await expect(readModelFolder(folder)).rejects.toThrow(/labels\.json is not JSON/);
    await rm(join(folder, 'config.json'));
    await expect(readModelFolder(folder)).rejects.toThrow(/cannot read .*config\.json: there is no such/);
  });

  it('does not write weights that are not those of the model', async () => {
    const wrong = { config, preprocessing, labels, weights: {} };
    await expect(writeModelFolder(join(parent, 'wrong'), wrong, '')).rejects.toThrow(/missing tensors/);
    expect(isModelFolder(join(parent, 'wrong'))).toBe(false);
  });

  it('is written to new, empty and model folders only', async () => {
    expect(() => checkModelTarget(join(parent, 'new'))).not.toThrow();
    expect(() => checkModelTarget(folder)).not.toThrow();
    expect(() => checkModelTarget(parent)).toThrow(/holds other files/);
    expect(() => checkModelTarget(join(folder, 'README.md'))).toThrow(/is a file/);
  });
});

describe('resolveModel', () => {
  it('finds folders and explains what it does not find', () => {
    expect(resolveModel(folder)).toBe(folder);
    expect(() => resolveModel('no-such-model')).toThrow(/there is no model "no-such-model"/);
    expect(() => resolveModel(parent)).toThrow(/is not a model folder/);
  });
});
