import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDescription } from '../../../src/checkpoint/model-folder.js';
import { writeDataset } from '../../datasets/synthetic-images.js';
import { writeTinyDetector, writeTinyModel } from '../../helpers/tiny-model.js';
import { writeScenes } from '../../train/detection/detection-scenes.js';
import { runCli } from '../run-cli.js';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'vil-one-line-'));
});

async function shorten(path: string): Promise<void> {
  const config = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...config, epochs: 1, stepsPerEpoch: 2, threads: 1 }));
}

describe('vil train --data', () => {
  it('plans a detector, names what is wrong with the data, and trains by the configuration it wrote', async () => {
    const { folder, path, labels } = await writeScenes(8, { width: 128, height: 128, density: 12 });
    const wrong = { ...labels.annotations[0]!, id: 9999, category_id: 77 };
    await writeFile(path, JSON.stringify({ ...labels, annotations: [...labels.annotations, wrong] }));
    await writeFile(join(folder, '3.png'), 'no image');
    const out = join(work, 'detector');
    const from = await writeTinyDetector();
    const planned = await runCli(
      'train',
      '--data',
      path,
      '--from',
      from,
      '--out',
      out,
      '--budget',
      '1h',
      '--plan',
    );
    expect(planned.stderr).toBe('');
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/! 1 entries of .* are wrong and left out.*category_id 77/);
    expect(planned.stdout).toMatch(/! left out, as it cannot be read: .*3\.png/);
    expect(planned.stdout).toMatch(/^task +detection/m);
    expect(planned.stdout).toMatch(/^split +6 images to learn from, 1 to validate/m);
    expect(planned.stdout).toMatch(/^epochs +\d+, \d+ steps +[\d.]+ s a step/m);
    const config = join(out, 'config.json');
    await shorten(config);
    const again = await runCli('train', '--data', path, '--from', from, '--out', out);
    expect(again.stdout).toMatch(/was planned before and is taken as it is/);
    expect(again.stderr).toMatch(/1 objects or images of .* are wrong and left out/);
    expect(again.stdout).toMatch(/done in .*processor time.*best validation AP50/);
    expect((await readDescription(join(out, 'best'))).labels).toEqual(['vehicle', 'aircraft']);
    expect(again.stderr).toMatch(/places where labels look wrong are shown at the end of .*report\.html/);
    expect(await readFile(join(out, 'best', 'README.md'), 'utf8')).toMatch(
      /Objects learned from: vehicle \d+, aircraft \d+\./,
    );
    const page = await readFile(join(out, 'report.html'), 'utf8');
    for (const heading of ['Training', 'Images', 'The worst mistakes', 'Labels that look wrong']) {
      expect(page).toContain(`<h2>${heading}</h2>`);
    }
    const evaluated = join(work, 'evaluated.html');
    const readable = labels.images.filter(({ id }) => id !== 3);
    const annotations = labels.annotations.filter(({ image_id }) => image_id !== 3);
    await writeFile(path, JSON.stringify({ ...labels, images: readable, annotations }));
    const best = ['--model', join(out, 'best'), '--data', path];
    expect((await runCli('evaluate', ...best, '--report', evaluated)).code).toBe(0);
    expect(await readFile(evaluated, 'utf8')).toMatch(/<dd>7, with \d+ objects<\/dd>/);
    const same = await runCli('train', '--config', config);
    expect(same.stderr).toMatch(/continuing after step 2/);
    // Seven processes, one after the other.
  }, 400_000);

  it('plans and trains a classifier, with a split of its own', async () => {
    const data = await writeDataset({ only: 8 });
    const out = join(work, 'classifier');
    const from = await writeTinyModel();
    const options = ['--data', join(data, 'only'), '--from', from, '--out', out, '--budget', '1h'];
    const planned = await runCli('train', ...options, '--plan');
    expect([planned.code, planned.stderr]).toEqual([0, '']);
    expect(planned.stdout).toMatch(/^classes +blue, green, red/m);
    expect(planned.stdout).toMatch(/class red has 7 images to learn from: too few/);
    const split = JSON.parse(await readFile(join(out, 'split.json'), 'utf8'));
    expect(split.training.length + split.validation.length).toBe(24);
    await shorten(join(out, 'config.json'));
    const { code, stdout } = await runCli('train', '--config', join(out, 'config.json'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/best validation accuracy/);
  });

  it.each([
    [['train'], /--data <folder or labels>/],
    [['train', '--data', '.', '--model', 'aircraft'], /say --from/],
    [['train', 'a.json', '--config', 'b.json'], /Two configurations/],
    [['train', 'a.json', '--budget', '2h'], /--budget is for runs without a configuration/],
    [['train', '--data', '.', '--budget', 'soon'], /30m, 2h/],
  ])('%j says what to do', async (args, message) => {
    const { code, stderr } = await runCli(...args);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});
