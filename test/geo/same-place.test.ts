import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSamePlace } from '../../src/geo/same-place.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import { geoKeys, tags, tinyTiff } from '../image/raster/tiny-tiff.js';

const size = { width: 100, height: 100 };
const place = (c: number, more = {}) => ({
  transform: { a: 10, b: 0, c, d: 0, e: -10, f: 5000 },
  epsg: 32631,
  ...more,
});

describe('isSamePlace', () => {
  it('allows half a pixel, and no other system', () => {
    expect(isSamePlace(place(0), place(4), size)).toBe(true);
    expect(isSamePlace(place(0), place(6), size)).toBe(false);
    expect(isSamePlace(place(0), place(0, { epsg: 32632 }), size)).toBe(false);
    const wider = { ...place(0), transform: { ...place(0).transform, a: 10.1 } };
    expect(isSamePlace(place(0), wider, size)).toBe(false);
  });

  it('keeps bands of different places from being one scene', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vil-places-'));
    const band = async (name: string, east: number | undefined) => {
      const located = {
        doubles: { [tags.pixelScale]: [10, 10, 0], [tags.tiepoint]: [0, 0, 0, east ?? 0, 4000000, 0] },
        shorts: { [tags.geoKeys]: geoKeys(32631) },
      };
      const path = join(folder, name);
      const plain = { width: 8, height: 8, bands: 1, bits: 8, sample: () => 7 } as const;
      await writeFile(path, tinyTiff({ ...plain, ...(east === undefined ? {} : located) }));
      return path;
    };
    const [here, there, nowhere] = [
      await band('a.tif', 0),
      await band('b.tif', 80),
      await band('c.tif', undefined),
    ];
    await expect(openRaster([here, there])).rejects.toThrow(/b\.tif lie in different places/);
    const together = await openRaster([nowhere, here]);
    expect(together.georeference!.epsg).toBe(32631);
    await together.close();
  });
});
