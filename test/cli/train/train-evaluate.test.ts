import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialWeights } from '../../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../../models/model-config.js';
import { writeModelFolder } from '../../../src/checkpoint/model-folder.js';
import { sizeOf } from '../../../src/cli/evaluate/command.js';
import { centreCrop } from '../../../src/image/preprocessing.js';
import { writeDataset } from '../../datasets/synthetic-images.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let data: string;
let work: string;

beforeAll(async () => {
  data = await writeDataset({ train: 4, val: 2 });
  work = await mkdtemp(join(tmpdir(), 'vil-train-'));
  const config = modelConfigSchema.parse({
    type: 'vil',
    arch: 'l1,h2,d8,n1,s1,g1,p4,f2,a1',
    classes: 2,
    imageSize: [24, 24],
  });
  const weights = initialWeights(createModel(config), 1);
  const model = { config, weights, labels: ['cat', 'dog'], preprocessing: centreCrop([24, 24], 1, 'half') };
  await writeModelFolder(join(work, 'model'), model, 'A test model.');
});
afterAll(async () => {
  for (const folder of [data, work]) await rm(folder, { recursive: true });
});

function vil(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', 'src/cli/main.ts', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('vil train and vil evaluate', () => {
  it('train a model on a folder of images and measure it', async () => {
    const config = join(work, 'config.json');
    const settings = { data, model: join(work, 'model'), out: join(work, 'unused'), imageSize: [24, 24] };
    const rest = { epochs: 1, batchSize: 4, optimiser: { learningRate: 1e-3 }, storage: 'F16' };
    await writeFile(config, JSON.stringify({ ...settings, ...rest }));
    const out = join(work, 'run');
    const trained = await vil('train', config, '--out', out, '--threads', '1');
    expect(trained).toMatchObject({ code: 0, stdout: expect.stringMatching(/best validation accuracy/) });
    expect(trained.stderr).toMatch(/step 3\/3/);
    const best = join(out, 'best');
    const evaluated = await vil('evaluate', '--model', best, '--data', data, '--split', 'val', '--json');
    expect(evaluated.code).toBe(0);
    const scores = JSON.parse(evaluated.stdout);
    expect(scores).toMatchObject({ images: 6, confusion: expect.arrayContaining([expect.any(Array)]) });
    expect(scores.classes.map(({ name }: { name: string }) => name)).toEqual(['blue', 'green', 'red']);
  });

  it.each([
    [['train', 'absent.json'], /absent\.json: does it exist/],
    [['evaluate', '--model', 'absent', '--data', '.'], /absent/],
  ])('%j says what is wrong in one line', async (args, message) => {
    const { code, stderr } = await vil(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('evaluate refuses classes that the model does not know', async () => {
    const { code, stderr } = await vil(
      'evaluate',
      '--model',
      join(work, 'model'),
      '--data',
      join(data, 'val'),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/'blue' that the model does not know.*cat, dog/);
  });
});

describe('sizeOf', () => {
  it('reads squares and height x width', () => {
    expect(sizeOf('224')).toEqual([224, 224]);
    expect(sizeOf('400x640')).toEqual([400, 640]);
  });

  it.each(['', '0', 'x', '400x', '-4', '4.5', '400x640x3'])('refuses %j', (text) => {
    expect(() => sizeOf(text)).toThrow(/number of pixels/);
  });
});
