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

  it('takes all formats of a folder, and a Sentinel-2 product as one scene', async () => {
    const all = join(folder, 'all');
    const product = 'S2B_MSIL2A_20260101T000000_N0500_R000_T31TGL_20260101T000000.SAFE';
    const granule = join(all, product, 'GRANULE', 'L2A', 'IMG_DATA', 'R10m');
    await mkdir(granule, { recursive: true });
    for (const name of ['T31_TCI_10m.jp2', 'T31_B02_10m.jp2']) await writeFile(join(granule, name), 'x');
    for (const name of ['a.jp2', 'b.vrt', 'c.img', 'd.ntf', 'e.bmp', 'f.mbtiles', 'g.dat', 'h.gpkg', 'i.hdr'])
      await writeFile(join(all, name), 'x');
    await writeFile(join(all, 'g.hdr'), 'ENVI\n');
    const found = await sceneFiles([all]);
    expect(found.map(({ name }) => name)).toEqual([
      product,
      'a.jp2',
      'b.vrt',
      'c.img',
      'd.ntf',
      'e.bmp',
      'f.mbtiles',
      'g.dat',
    ]);
    expect(found[0]!.paths).toEqual([join(granule, 'T31_TCI_10m.jp2')]);
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
