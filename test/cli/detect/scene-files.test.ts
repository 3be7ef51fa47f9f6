import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sceneFiles, scenePaths } from '../../../src/cli/detect/scene-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenes-'));
  await mkdir(join(folder, 'more'));
  for (const name of ['a.tif', 'more/b.png', 'with,comma.tif']) await writeFile(join(folder, name), 'x');
});
afterAll(() => rm(folder, { recursive: true }));

describe('sceneFiles', () => {
  it('takes files, folders, addresses and lists of bands', async () => {
    const found = await sceneFiles([join(folder, 'more'), 'https://host/x/c.tif?key=1', 'r.tif,g.tif,b.tif']);
    expect(found).toEqual([
      { paths: [join(folder, 'more/b.png')], name: 'b.png' },
      { paths: ['https://host/x/c.tif?key=1'], name: 'c.tif' },
      { paths: ['r.tif', 'g.tif', 'b.tif'], name: 'r.tif' },
    ]);
    expect(await sceneFiles([], ['r.tif', 'g.tif,b.tif'])).toEqual([
      { paths: ['r.tif', 'g.tif', 'b.tif'], name: 'r.tif' },
    ]);
  });

  it('takes a file with a comma in its name for a file', async () => {
    const path = join(folder, 'with,comma.tif');
    expect(await sceneFiles([path])).toEqual([{ paths: [path], name: 'with,comma.tif' }]);
  });

  it('asks for a scene when there is none', async () => {
    await expect(sceneFiles([])).rejects.toThrow('No scene is given');
  });
});

describe('scenePaths', () => {
  const scenes = ['a.tif', 'sub/a.tif', 'b.png'].map((name) => ({ paths: [name], name }));

  it('names a file after each scene, and none twice', () => {
    expect(scenePaths('out', '.csv', scenes)).toEqual(['out/a.csv', 'out/sub/a.csv', 'out/b.csv']);
    const twice = scenePaths('out', '.csv', [scenes[0]!, scenes[0]!]);
    expect(twice).toEqual(['out/a.csv', 'out/a.2.csv']);
  });

  it('refuses one file for several scenes', () => {
    expect(() => scenePaths('out.geojson', '.geojson', scenes)).toThrow(
      'There are 3 scenes, so a folder is needed',
    );
  });
});
