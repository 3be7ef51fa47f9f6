import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/base/package-root.js';
import { readTrainingConfig } from '../../src/train/config.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-config-'));
  file = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true }));

const minimal = {
  data: 'images',
  model: 'model',
  imageSize: [64, 64],
  epochs: 2,
  batchSize: 4,
  optimiser: { learningRate: 1e-3 },
  out: 'runs/a',
};

async function read(content: object | string, overrides = {}) {
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readTrainingConfig(file, overrides);
}

describe('readTrainingConfig', () => {
  it('fills in the defaults', async () => {
    const config = await read(minimal);
    expect(config).toMatchObject({ trainSplit: 'train', accumulation: 1, engine: 'traced', seed: 0 });
    expect(config).toMatchObject({ augment: { horizontalFlip: true, rotations: false, mixup: 0 } });
    expect(config.optimiser).toMatchObject({ beta2: 0.999, weightDecay: 0.05 });
  });

  it('lets the command line win, unless it is silent', async () => {
    const config = await read(minimal, { out: 'elsewhere', epochs: undefined });
    expect(config).toMatchObject({ out: 'elsewhere', epochs: 2 });
  });

  it.each([
    ['an unknown setting', { ...minimal, learningRate: 1 }, /learningRate/],
    ['a missing one', { ...minimal, model: undefined }, /model/],
    ['a wrong type', { ...minimal, epochs: 'two' }, /epochs/],
    ['an impossible value', { ...minimal, labelSmoothing: 1 }, /labelSmoothing/],
    [
      'a range upside down',
      { ...minimal, augment: { crop: { scale: [1, 0.5] } } },
      /first number must not exceed/,
    ],
    ['a crop larger than the image', { ...minimal, augment: { crop: { scale: [0.5, 2] } } }, /at most 1/],
    ['a list', [], /expected object/],
    ['broken JSON', '{"data": ', /not valid JSON/],
  ])('names %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(/config\.json/);
  });

  it('takes what another file says, unless the file itself or the command line says otherwise', async () => {
    await writeFile(join(folder, 'base.json'), JSON.stringify({ ...minimal, seed: 5, batchSize: 16 }));
    const config = await read(
      { extends: './base.json', batchSize: 2, optimiser: { clipNorm: 0 } },
      { epochs: 7 },
    );
    expect(config).toMatchObject({ seed: 5, batchSize: 2, epochs: 7 });
    expect(config.optimiser).toMatchObject({ learningRate: 1e-3, clipNorm: 0 });
  });

  it('takes every configuration of this project', async () => {
    const configs = join(packageRoot(), 'configs');
    for (const place of ['.', 'baselines', 'photographs']) {
      const names = (await readdir(join(configs, place))).filter((name) => name.endsWith('.json'));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) await readTrainingConfig(join(configs, place, name));
    }
  });

  it('names a file that does not exist', async () => {
    await expect(readTrainingConfig(join(folder, 'absent.json'))).rejects.toThrow(
      /absent\.json: does it exist/,
    );
  });
});
