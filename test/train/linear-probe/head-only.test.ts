import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { loadModel } from '../../../src/detect/load.js';
import { runCli } from '../../cli/run-cli.js';
import { writeFeatureModel } from '../../helpers/tiny-model.js';
import { plain } from '../../image/images.js';

let model: string;
let folder: string;
beforeAll(async () => {
  model = await writeFeatureModel();
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  for (const [label, r] of [
    ['dark', 30],
    ['light', 200],
  ] as const) {
    await mkdir(join(folder, 'data', label), { recursive: true });
    for (let image = 0; image < 10; image++) {
      const png = plain(32, 32, { r: r + image, g: r, b: r - 2 * image }).png();
      await writeFile(join(folder, 'data', label, `${image}.png`), await png.toBuffer());
    }
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(dirname(model), { recursive: true });
});

describe('vil train --head-only', { timeout: 300_000 }, () => {
  it('makes a classifier of a model of features, which stays as it is', async () => {
    const out = join(folder, 'run');
    const data = join(folder, 'data');
    const { code, stdout, stderr } = await runCli(
      'train',
      '--head-only',
      '--data',
      data,
      '--from',
      model,
      '--out',
      out,
    );
    expect(stderr).toMatch(/2 classes, 16 images to train on, 4 to validate/);
    expect(stdout).toMatch(/validation accuracy 100\.00 %/);
    expect(code).toBe(0);
    const [before, after] = [await readModelFolder(model), await readModelFolder(join(out, 'best'))];
    for (const [name, weight] of Object.entries(before.weights)) expect(after.weights[name]).toEqual(weight);
    expect(after.labels).toEqual(['dark', 'light']);
    const classifier = await loadModel(join(out, 'best'), { threads: 1 });
    const png = await plain(32, 32, { r: 205, g: 200, b: 190 }).png().toBuffer();
    const { labels } = await classifier.classify(png);
    await classifier.close();
    expect(labels[0]!.label).toBe('light');
  });

  it('says what it needs', async () => {
    const { code, stderr } = await runCli('train', '--head-only', '--data', join(folder, 'data'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/--head-only needs --data <folder> and --from <model>/);
  });
});
