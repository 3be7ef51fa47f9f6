import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../src/checkpoint/safetensors.js';
import { writeFeatureModel, writeTinyModel } from '../../helpers/tiny-model.js';
import { gradientImage, plain } from '../../image/images.js';
import { runCli, startCli } from '../run-cli.js';

let model: string;
let other: string;
let folder: string;
let out: string;
beforeAll(async () => {
  [model, other] = await Promise.all([writeFeatureModel(), writeTinyModel()]);
  folder = await mkdtemp(join(tmpdir(), 'embed-'));
  out = join(await mkdtemp(join(tmpdir(), 'embedded-')), 'deep', 'features.safetensors');
  await writeFile(join(folder, 'a.png'), await gradientImage(64, 48).png().toBuffer());
  await writeFile(join(folder, 'b.png'), await plain(64, 64, { r: 200, g: 30, b: 30 }).png().toBuffer());
  await writeFile(join(folder, 'c.png'), await gradientImage(60, 48).png().toBuffer());
  await writeFile(join(folder, 'bad.png'), 'not an image');
});
afterAll(async () => {
  for (const each of [model, other, dirname(out)]) await rm(dirname(each), { recursive: true });
  await rm(folder, { recursive: true });
});

const patience = { timeout: 300_000 };

describe('vil embed', patience, () => {
  it('writes vectors of all readable images, and goes on where it was stopped', async () => {
    const args = ['embed', folder, '--model', model, '--out', out, '--patches'];
    const stopped = startCli(...args);
    const journal = `${out}.journal`;
    // The header and at least one image.
    while (!existsSync(journal) || (await readFile(journal, 'utf8')).split('\n').length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stopped.process.kill('SIGKILL');
    await stopped.finished;
    const resumed = await runCli(...args);
    expect(resumed.code).toBe(1);
    expect(resumed.stderr).toMatch(/bad\.png/);
    if (!existsSync(out)) throw new Error(resumed.stderr);
    const { tensors, metadata } = await readSafetensors(out);
    const names: string[] = JSON.parse(metadata.images!);
    expect(names.map((name) => name.slice(folder.length + 1))).toEqual(['a.png', 'b.png', 'c.png']);
    expect(tensors.features!.shape).toEqual([3, 16]);
    expect(tensors.class_token!.shape).toEqual([3, 16]);
    expect(tensors.mean!.shape).toEqual([3, 16]);
    expect(tensors['patches.0']!.shape).toEqual([6, 8, 16]);
    expect(existsSync(journal)).toBe(false);
    await writeFile(journal, 'another model\n{"name"');
    const again = await runCli('embed', folder, '--model', model, '--out', out);
    expect(again.stderr).not.toMatch(/Going on/);
  });

  it('finds an image, and what is like it, among them', async () => {
    const { stdout, code } = await runCli(
      'nearest',
      join(folder, 'a.png'),
      '--among',
      out,
      '--model',
      model,
      '--json',
      '--top',
      '2',
    );
    expect(code).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.map(({ image }: { image: string }) => image)).toEqual([
      join(folder, 'a.png'),
      join(folder, 'c.png'),
    ]);
    expect(found[0].similarity).toBeCloseTo(1, 5);
    const wrong = await runCli('nearest', join(folder, 'a.png'), '--among', out, '--model', other);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/made with another model/);
  });
});
