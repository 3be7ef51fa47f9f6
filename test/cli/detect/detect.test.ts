import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-detect-'));
  const side = 256;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, index) => (index * 7919) % 251);
  const raw = { width: side, height: side, channels: 3 as const };
  await sharp(data, { raw }).png().toFile(join(folder, 'scene.png'));
  await writeFile(join(folder, 'text.tif'), 'no image');
});
afterAll(() => rm(folder, { recursive: true }));

describe('vil detect', () => {
  it('runs the bundled detector over a scene, and says what is wrong with another', async () => {
    const out = join(folder, 'found');
    const scenes = [join(folder, 'scene.png'), join(folder, 'text.tif')];
    const { code, stdout, stderr } = await runCli(
      'detect',
      ...scenes,
      '--out',
      out,
      '--json',
      '--threads',
      '1',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/text\.tif/);
    expect(stdout).toMatch(/"scene\.png"|scene\.png/);
    const written = JSON.parse(await readFile(join(out, 'scene.geojson'), 'utf8'));
    expect(written).toMatchObject({ type: 'FeatureCollection', features: expect.any(Array) });
  }, 120_000);

  it('refuses a classifier', async () => {
    const { code, stderr } = await runCli(
      ...['detect', join(folder, 'scene.png'), '--out', join(folder, 'x.geojson'), '--model', 'land-use'],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/detector/);
  }, 60_000);
});
