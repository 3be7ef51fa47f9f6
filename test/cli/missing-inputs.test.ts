import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyDetector, writeTinyModel } from '../helpers/tiny-model.js';
import { runCli } from './run-cli.js';

// Models whose weights are cut off: whoever loads one before looking for the input complains about the model.
let model: string;
let detector: string;
let folder: string;
beforeAll(async () => {
  [model, detector] = [await writeTinyModel(), await writeTinyDetector()];
  for (const path of [model, detector]) await truncate(join(path, 'model.safetensors'), 20);
  folder = await mkdtemp(join(tmpdir(), 'missing-'));
  await writeFile(join(folder, 'labels.json'), '{"images": [], "categories": [], "annotations": []}');
  const run = { model, out: join(folder, 'run'), imageSize: [64, 64], epochs: 1, batchSize: 1 };
  const optimiser = { learningRate: 1e-3 };
  const images = { ...run, optimiser, data: join(folder, 'gone') };
  await writeFile(join(folder, 'images.json'), JSON.stringify(images));
  const boxes = {
    ...images,
    task: 'detection',
    window: 64,
    model: detector,
    data: { labels: join(folder, 'gone') },
  };
  await writeFile(join(folder, 'boxes.json'), JSON.stringify(boxes));
});
afterAll(async () => {
  for (const path of [dirname(model), dirname(detector), folder]) await rm(path, { recursive: true });
});

const inFolder = (name: string) => join(folder, name);
const cases: [string, () => string[], string][] = [
  ['classify', () => [inFolder('gone.png'), '--model', model], 'gone.png'],
  ['detect', () => [inFolder('gone.tif'), '--out', inFolder('x.csv'), '--model', detector], 'gone.tif'],
  ['evaluate', () => ['--data', inFolder('gone'), '--model', model], 'gone'],
  ['evaluate', () => ['--data', inFolder('gone'), '--model', detector], 'gone'],
  [
    'evaluate',
    () => ['--data', inFolder('labels.json'), '--images', inFolder('gone'), '--model', detector],
    'gone',
  ],
  ['convert', () => [inFolder('gone.pth'), '--out', inFolder('x')], 'gone.pth'],
  ['train', () => [inFolder('images.json')], join('gone', 'train')],
  ['train', () => [inFolder('boxes.json')], 'gone'],
];
it.each(cases)(
  'vil %s names a missing input before it loads a model',
  {
    timeout: 60_000,
  },
  async (command, args, missing) => {
    const { code, stdout, stderr } = await runCli(command, ...args());
    expect(stderr).toBe(`error: cannot read ${inFolder(missing)}: there is no such file or folder\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await readdir(folder)).toEqual(['boxes.json', 'images.json', 'labels.json']);
  },
);

it('vil detect names a missing scene before the model, and still does the others', {
  timeout: 60_000,
}, async () => {
  const scenes = [inFolder('here.tif'), inFolder('gone.tif'), inFolder('labels.json')];
  await writeFile(inFolder('here.tif'), 'not looked at before the model');
  const { code, stderr } = await runCli('detect', ...scenes, '--out', inFolder('x'), '--model', detector);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: cannot read .*gone\.tif: there is no such file.*\nerror: .*labels\.json is no STAC document.*\nerror: .*safetensors/,
  );
});

it('vil export names a missing model', { timeout: 60_000 }, async () => {
  const { code, stderr } = await runCli('export', '--model', inFolder('gone'), '--out', inFolder('x'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: there is no model ".*gone"/);
});
