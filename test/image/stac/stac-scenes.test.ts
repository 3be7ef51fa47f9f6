import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sceneFiles } from '../../../src/cli/detect/scene-files.js';
import { mayBeStac, stacScenes } from '../../../src/image/stac/stac-scenes.js';
import type { FileServer } from '../../helpers/file-server.js';
import { startFileServer } from '../../helpers/file-server.js';

const cog = 'image/tiff; application=geotiff; profile=cloud-optimized';
/** As Earth Search has a Sentinel-2 item. */
const sentinel2 = {
  red: { href: './B04.tif', type: cog, roles: ['data', 'reflectance'] },
  green: { href: './B03.tif', type: cog, roles: ['data', 'reflectance'] },
  blue: { href: './B02.tif', type: cog, roles: ['data', 'reflectance'] },
  visual: { href: './TCI.tif', type: cog, roles: ['visual'] },
  thumbnail: { href: './preview.jpg', type: 'image/jpeg', roles: ['thumbnail'] },
  info: { href: './info.json', type: 'application/json', roles: ['metadata'] },
};
const item = (id: string, assets: object, links: object[] = []) => ({
  type: 'Feature',
  stac_version: '1.0.0',
  id,
  geometry: null,
  properties: { datetime: '2026-01-01T00:00:00Z' },
  assets,
  links,
});

let folder: string;
let server: FileServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stac-'));
  server = await startFileServer();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function write(name: string, document: unknown): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, JSON.stringify(document));
  return path;
}

const serve = (path: string, document: unknown) =>
  server.files.set(path, Buffer.from(JSON.stringify(document)));

describe('a STAC item', () => {
  it('is looked at by its asset with the role visual, relative to where it lies', async () => {
    const path = await write('s2/item.json', item('S2A_1', sentinel2));
    expect(await stacScenes(path)).toEqual([
      { id: 'S2A_1', paths: [join(folder, 's2/TCI.tif')], because: 'asset visual, by its role visual' },
    ]);
    serve('/catalog/s2/item.json', item('S2A_1', sentinel2));
    const [there] = await stacScenes(`${server.url}/catalog/s2/item.json?token=1`);
    expect(there!.paths).toEqual([`${server.url}/catalog/s2/TCI.tif`]);
  });

  it('or with the role data, or by its only image', async () => {
    const data = { main: { href: 'https://host/a.tif?key=1', roles: ['data'] }, other: { href: 'b.tif' } };
    expect((await stacScenes(await write('data.json', item('a', data))))[0]!.paths).toEqual([
      'https://host/a.tif?key=1',
    ]);
    const bare = {
      image: { href: 's3://bucket/a.tif', type: cog },
      text: { href: 'a.txt', type: 'text/plain' },
    };
    expect(await stacScenes(await write('bare.json', item('a', bare)))).toEqual([
      { id: 'a', paths: ['s3://bucket/a.tif'], because: 'asset image, the only image' },
    ]);
  });

  it('by names, several with a band each', async () => {
    const path = await write('named.json', item('a', sentinel2));
    const [scene] = await stacScenes(path, ['red', 'green', 'blue']);
    expect(scene!.paths).toEqual(['B04', 'B03', 'B02'].map((name) => join(folder, `${name}.tif`)));
    await expect(stacScenes(path, ['nir'])).rejects.toThrow(
      /item a has no asset nir\. Assets: red \(data, reflectance\); .*visual \(visual\)/,
    );
  });

  it('with several that are as good is refused, with their list', async () => {
    const { visual: _visual, ...bands } = sentinel2;
    await expect(stacScenes(await write('bands.json', item('a', bands)))).rejects.toThrow(
      /has 3 assets with the role data: name one with --asset\. Assets: red \(data, reflectance\); green .*; blue [^;]*$/,
    );
    const images = { a: { href: 'a.tif' }, b: { href: 'b.tif' } };
    await expect(stacScenes(await write('two.json', item('a', images)))).rejects.toThrow(
      /has 2 images, none with the role visual or data/,
    );
    const none = { info: sentinel2.info };
    await expect(stacScenes(await write('none.json', item('a', none)))).rejects.toThrow(
      /no asset that is an image/,
    );
  });
});

describe('several items', () => {
  it('come from an ItemCollection and the pages after it, relative to each', async () => {
    const self = (href: string) => [{ rel: 'self', href }];
    const next = [{ rel: 'next', href: '/search?page=2' }];
    const first = [item('a', { x: { href: 'a.tif', roles: ['data'] } }, self('https://host/items/a'))];
    serve('/search', { type: 'FeatureCollection', features: first, links: next });
    const found = await stacScenes(`${server.url}/search`).catch((error: Error) => error);
    // The stand-in answers every page alike: what leads back is not followed for ever.
    expect(found).toMatchObject([
      { id: 'a', paths: ['https://host/items/a.tif'] },
      { id: 'a', paths: ['https://host/items/a.tif'] },
    ]);
  });

  it('come from a collection by its links', async () => {
    await write('c/one/item.json', item('one', { x: { href: './x.tif', roles: ['data'] } }));
    await write('c/two/item.json', item('two', { x: { href: '../shared/x.tif', roles: ['data'] } }));
    const links = ['one', 'two'].map((name) => ({ rel: 'item', href: `./${name}/item.json` }));
    const collection = { type: 'Collection', stac_version: '1.1.0', id: 'c', links };
    const scenes = await stacScenes(await write('c/collection.json', collection));
    expect(scenes.map(({ id, paths }) => [id, ...paths])).toEqual([
      ['one', join(folder, 'c/one/x.tif')],
      ['two', join(folder, 'c/shared/x.tif')],
    ]);
    const catalog = {
      ...collection,
      type: 'Catalog',
      links: [{ rel: 'child', href: './c/collection.json' }],
    };
    await expect(stacScenes(await write('catalog.json', catalog))).rejects.toThrow(
      /links to no items\. Name one of what it links to: .*c\/collection\.json/,
    );
  });

  it('what is no STAC is named', async () => {
    await expect(stacScenes(await write('any.json', { a: 1 }))).rejects.toThrow(
      /any\.json is no STAC document/,
    );
    const features = { type: 'FeatureCollection', features: [{ type: 'Feature' }] };
    await expect(stacScenes(await write('geo.json', features))).rejects.toThrow(/feature 0 is no STAC item/);
    await writeFile(join(folder, 'broken.json'), '{');
    await expect(stacScenes(join(folder, 'broken.json'))).rejects.toThrow(/broken\.json is not JSON/);
    await expect(stacScenes(`${server.url}/gone.json`)).rejects.toThrow(/the server answers 404/);
    await expect(stacScenes(join(folder, 'gone.json'))).rejects.toThrow(/no such file/);
  });
});

it('are scenes of vil detect, named after their ids', async () => {
  const path = await write('cli.json', item('S2A:1.v2', sentinel2));
  expect(await sceneFiles([path], [], ['visual'])).toEqual([
    { paths: [join(folder, 'TCI.tif')], name: 'S2A_1.v2', hasEnding: false },
  ]);
  const places = [
    'a.json',
    'a.geojson',
    'a.tif',
    'https://h/a.tif?x=.json',
    'https://h/items/a',
    's3://b/a.json',
  ];
  expect(places.map(mayBeStac)).toEqual([true, true, false, false, true, true]);
});
