import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnlyIn } from '../../../src/base/places.js';
import { allowOnly } from '../../../src/detect/queue/allowed-places.js';
import { hasGdal } from '../../../src/geo/gdal/gdal-module.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { tinyTiff } from '../../image/raster/tiny-tiff.js';

/** A small image, the same in and outside of what may be opened. */
const tiff = tinyTiff({ width: 20, height: 10, bands: 1, bits: 8, sample: (x, y) => x + y });

let folder: string;
let inside: string;
let outside: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'places-')));
  [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')];
  for (const each of [inside, outside]) {
    await mkdir(each);
    await writeFile(join(each, 'a.tif'), tiff);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens a scene as a worker does that may open some places, and reads its first pixels. */
async function firstPixels(path: string, allowed: readonly string[]): Promise<number[]> {
  return openOnlyIn(allowOnly(allowed)!, async () => {
    const source = await openRaster(path);
    try {
      const { planes } = await source.read({ left: 0, top: 0, width: 3, height: 1 }, { bands: [0] });
      const { samples, offset, step } = planes[0]!;
      return [0, 1, 2].map((at) => samples[offset + at * step]!);
    } finally {
      await source.close();
    }
  });
}

const refused = 'is not under what this worker may open';

describe('a scene in a folder that may be opened', () => {
  it('is read', async () => {
    expect(await firstPixels(join(inside, 'a.tif'), [inside])).toEqual([0, 1, 2]);
    await expect(firstPixels(join(outside, 'a.tif'), [inside])).rejects.toThrow(refused);
  });

  it.each(['.msk', '.aux.xml'])(
    'is refused where the %s beside it leads out of the folder',
    async (ending) => {
      const name = join(inside, `beside${ending}.tif`);
      await copyFile(join(inside, 'a.tif'), name);
      await writeFile(join(outside, `other${ending}`), ending === '.msk' ? tiff : '<PAMDataset/>');
      await symlink(join(outside, `other${ending}`), `${name}${ending}`);
      await expect(firstPixels(name, [inside])).rejects.toThrow(refused);
      expect(await firstPixels(name, [folder])).toHaveLength(3);
    },
  );

  it.skipIf(process.platform === 'win32')('is refused where a folder on its way leads out', async () => {
    await symlink(outside, join(inside, 'way'));
    await expect(firstPixels(join(inside, 'way', 'a.tif'), [inside])).rejects.toThrow(refused);
  });
});

// Each loads GDAL.
describe.skipIf(!hasGdal())('a file that names others', { timeout: 120_000 }, () => {
  /** One band of another file. */
  const vrt = (source: string, relative = 0) => `<VRTDataset rasterXSize="20" rasterYSize="10">
<VRTRasterBand dataType="Byte" band="1"><SimpleSource>
<SourceFilename relativeToVRT="${relative}">${source}</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="20" ySize="10"/><DstRect xOff="0" yOff="0" xSize="20" ySize="10"/>
</SimpleSource></VRTRasterBand></VRTDataset>`;

  it('is read where they lie in the same folders', async () => {
    await writeFile(join(inside, 'good.vrt'), vrt('a.tif', 1));
    await writeFile(join(inside, 'absolute.vrt'), vrt(join(inside, 'a.tif')));
    await writeFile(join(inside, 'twice.vrt'), vrt('good.vrt', 1));
    expect(await firstPixels(join(inside, 'absolute.vrt'), [inside])).toEqual([0, 1, 2]);
    // Folders in one another, and one that is a link.
    await symlink(inside, join(folder, 'link'));
    const allowed = [join(folder, 'link'), folder, inside];
    expect(await firstPixels(join(folder, 'link', 'twice.vrt'), allowed)).toEqual([0, 1, 2]);
  });

  it.each([
    ['by their names', () => vrt(join(outside, 'a.tif'))],
    ['by way of the folder', () => vrt('../outside/a.tif', 1)],
    ['by a link', () => vrt('out.tif', 1)],
    ['by a folder that is a link', () => vrt('road/a.tif', 1)],
    ['by another such file', () => vrt('bad-0.vrt', 1)],
  ])('leads nowhere where they lie outside: %s', async (_way, text) => {
    await writeFile(join(inside, 'bad-0.vrt'), vrt(join(outside, 'a.tif')));
    await symlink(join(outside, 'a.tif'), join(inside, 'out.tif')).catch(() => undefined);
    await symlink(outside, join(inside, 'road')).catch(() => undefined);
    await writeFile(join(inside, 'bad.vrt'), text());
    await expect(firstPixels(join(inside, 'bad.vrt'), [inside])).rejects.toThrow(/cannot be read/);
  });

  it('is read where these may be opened as well', async () => {
    await writeFile(join(inside, 'wide.vrt'), vrt('../outside/a.tif', 1));
    expect(await firstPixels(join(inside, 'wide.vrt'), [inside, outside])).toEqual([0, 1, 2]);
  });
});

describe('a scene on a host that may be asked', () => {
  const servers: Server[] = [];
  let [near, far] = ['', ''];
  let farRequests: { headers: NodeJS.Dict<string | string[]> }[];
  beforeAll(async () => {
    const start = async (answer: Parameters<typeof createServer>[1] & object) => {
      const server = createServer(answer);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    farRequests = [];
    far = await start(({ headers, url }, response) => {
      farRequests.push({ headers });
      if (url !== '/a.tif') return response.writeHead(404).end();
      response.writeHead(206, { 'content-range': `bytes 0-${tiff.length - 1}/${tiff.length}` }).end(tiff);
    });
    near = await start(({ url }, response) => {
      if (url === '/a.tif') {
        response.writeHead(206, { 'content-range': `bytes 0-${tiff.length - 1}/${tiff.length}` }).end(tiff);
      } else if (url === '/far.tif') response.writeHead(302, { location: `http://${far}/a.tif` }).end();
      else if (url === '/here.tif') response.writeHead(307, { location: '/a.tif' }).end();
      else if (url === '/file.tif') response.writeHead(302, { location: 'file:///a.tif' }).end();
      else if (url === '/round.tif') response.writeHead(302, { location: '/round.tif' }).end();
      else response.writeHead(404).end();
    });
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  it('is read, and followed within the host', async () => {
    expect(await firstPixels(`http://${near}/a.tif`, [near])).toEqual([0, 1, 2]);
    expect(await firstPixels(`http://${near}/here.tif`, [near])).toEqual([0, 1, 2]);
  });

  it('is not followed to another host, which is not asked at all', async () => {
    await expect(firstPixels(`http://${near}/far.tif`, [near])).rejects.toThrow(
      `http://${far}/a.tif ${refused}`,
    );
    await expect(firstPixels(`http://${near}/file.tif`, [near])).rejects.toThrow('sends on to file:///a.tif');
    await expect(firstPixels(`http://${near}/round.tif`, [near])).rejects.toThrow('after 10 other places');
    expect(farRequests).toEqual([]);
    expect(await firstPixels(`http://${near}/far.tif`, [near, far])).toEqual([0, 1, 2]);
    expect(farRequests.length).toBeGreaterThan(0);
  });
});
