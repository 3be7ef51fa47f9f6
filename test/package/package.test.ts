import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleImage } from '../../src/base/example-image.js';
import { packageRoot } from '../../src/base/package-root.js';
import { installElsewhere } from '../helpers/installed-package.js';
import { writeTinyModel } from '../helpers/tiny-model.js';

const run = promisify(execFile);
// Starts several programs, each of which loads everything.
const patience = 300_000;

/** The lines of an example in a comment, without its caption and stars. */
function programOf(example: string): string {
  const lines = example.split('\n').slice(1);
  const end = lines.findIndex((line) => line.includes('*/'));
  return lines
    .slice(0, end < 0 ? undefined : end)
    .map((line) => line.replace(/^ \* ?/, ''))
    .join('\n');
}

describe('the packed package, installed elsewhere', () => {
  let project: string;
  let model: string;
  beforeAll(async () => {
    // As npm installs it: without what only some need.
    const { peerDependencies } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'));
    project = await installElsewhere(Object.keys(peerDependencies));
    model = await writeTinyModel();
  }, patience);
  afterAll(async () => {
    await rm(project, { recursive: true });
    await rm(dirname(model), { recursive: true });
  });

  it(
    'classifies in a few lines of JavaScript',
    async () => {
      const program = `
      import { loadModel } from 'vision-longformer';
      const model = await loadModel(process.argv[1]);
      const { labels, width, height } = await model.classify(process.argv[2], { topK: 1 });
      console.log(JSON.stringify({ labels, width, height }));
      await model.close();
    `;
      const args = ['--input-type=module', '--eval', program, '--', model, exampleImage()];
      const { stdout } = await run(process.execPath, args, { cwd: project });
      expect(JSON.parse(stdout)).toMatchObject({
        labels: [{ label: /^(field|forest|river)$/ }],
        width: 1764,
        height: 430,
      });
    },
    patience,
  );

  it(
    'is loaded by require as well, and sets nothing of tfjs for the process',
    async () => {
      const program = `
      const { loadModel } = require('vision-longformer');
      const { longformerAttention2d } = require('vision-longformer/kernels');
      const { namedConfiguration } = require('vision-longformer/models');
      const tf = require('@tensorflow/tfjs-core');
      console.log([loadModel, longformerAttention2d, namedConfiguration].map((one) => typeof one).join());
      console.log(tf.env().getBool('PROD'), tf.getBackend());
    `;
      const args = ['--input-type=commonjs', '--eval', program];
      const { stdout } = await run(process.execPath, args, { cwd: project });
      expect(stdout).toBe('function,function,function\nfalse undefined\n');
    },
    patience,
  );

  it(
    'runs the examples at the head of its module, on files of one’s own',
    async () => {
      const source = await readFile(join(packageRoot(), 'src', 'index.ts'), 'utf8');
      const examples = source.split('@example').slice(1).map(programOf);
      expect(examples).toHaveLength(3);
      const width = 512;
      const scene = join(project, 'scene.tif');
      await sharp(exampleImage()).resize({ width, height: 256, fit: 'cover' }).tiff().toFile(scene);
      const labels = {
        images: [{ id: 1, file_name: 'scene.tif', width, height: 256 }],
        categories: [{ id: 1, name: 'Airplane' }],
        annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [10, 10, 40, 40] }],
      };
      await writeFile(join(project, 'labels.json'), JSON.stringify(labels));
      const outputs: string[] = [];
      for (const example of examples) {
        const args = ['--input-type=module', '--eval', example];
        outputs.push((await run(process.execPath, args, { cwd: project })).stdout);
      }
      expect(outputs[0]).toMatch(/^\S+ 512 256\n$/);
      expect(JSON.parse(outputs[1]!)).toMatchObject({ type: 'FeatureCollection' });
      // There is no aircraft on the avenue.
      expect(Number(outputs[2])).toBe(0);
    },
    patience,
  );

  it(
    'brings the command, the page and the example',
    async () => {
      const installed = join(project, 'node_modules', 'vision-longformer');
      const main = join(installed, 'dist', 'src', 'cli', 'main.js');
      const image = join(installed, 'examples', 'munich-avenue.jpg');
      const { stdout } = await run(process.execPath, [main, 'classify', image, '--model', model, '--json'], {
        cwd: project,
      });
      expect(JSON.parse(stdout)).toMatchObject({ file: image, width: 1764, height: 430 });
      expect(await readdir(join(installed, 'server', 'public'))).toContain('index.html');
      expect(await readdir(join(installed, 'dist', 'src'))).toContain('index.d.ts');
      expect(await readdir(installed)).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'examples']));
      expect(await readdir(installed)).not.toContain('test');
    },
    patience,
  );

  it(
    'says what to install where a package that only some need is missing',
    async () => {
      const main = join(project, 'node_modules', 'vision-longformer', 'dist', 'src', 'cli', 'main.js');
      const args = [main, 'detect', exampleImage(), '--queue', 'redis://127.0.0.1:1', '--out', 'found.csv'];
      const failed = run(process.execPath, args, { cwd: project });
      await expect(failed).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('needs the package ioredis') as string,
      });
      await expect(failed).rejects.toMatchObject({
        stderr: expect.stringContaining('npm install ioredis@5 bullmq@6') as string,
      });
    },
    patience,
  );
});
