import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { detectScenes, localDetector } from '../../../src/cli/detect/detect-scenes.js';
import type { DetectFlags } from '../../../src/cli/detect/flags.js';
import { sceneFiles } from '../../../src/cli/detect/scene-files.js';
import { planJobs } from '../../../src/cli/detect/scene-job.js';
import type { FeatureCollection } from '../../../src/detect/output/geojson.js';
import type { Position } from '../../../src/geo/antimeridian.js';
import { BlobDetector, boxTexts, drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { geoKeys, tags, tinyTiff } from '../../image/raster/tiny-tiff.js';

const [width, height] = [700, 500];
const blobs = randomBlobs(width, height);
const band = drawBlobs(width, height, blobs);
const truth = boxTexts(blobs.flatMap((b) => [b.left, b.top, b.left + b.width, b.top + b.height]));

/** The scene in 16 bits, ten metres a pixel, north of Barcelona. */
const geoTiff = () =>
  tinyTiff({
    width,
    height,
    bands: 1,
    bits: 16,
    tile: 128,
    sample: (x, y) => 200 + 10 * band[y * width + x]!,
    doubles: { [tags.pixelScale]: [10, 10, 0], [tags.tiepoint]: [0, 0, 0, 430000, 4600000, 0] },
    shorts: { [tags.geoKeys]: geoKeys(32631) },
  });

let folder: string;
let printed: string;
let warned: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'detect-'));
  await writeFile(join(folder, 'port.tif'), geoTiff());
  await sharp(band, { raw: { width, height, channels: 1 } }).toFile(join(folder, 'photo.png'));
  await writeFile(join(folder, 'broken.tif'), geoTiff().subarray(0, 5000));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  [printed, warned] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    warned += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const defaults = { model: 'x', merge: 'nms', crs: 'wgs84', tile: 256, overlap: 64 } as const;

async function run(
  names: string[],
  flags: Partial<DetectFlags> & { out: string },
  detector = new BlobDetector(),
) {
  const all = { ...defaults, range: [200, 2750], ...flags } as DetectFlags;
  const jobs = planJobs(await sceneFiles(names.map((name) => join(folder, name))), all);
  const controller = new AbortController();
  await detectScenes(jobs, localDetector(detector, 'f'), all, controller.signal);
  return jobs;
}

describe('detectScenes', () => {
  it('writes GeoJSON with every object where it is on Earth, and an overview', async () => {
    const [out, overview] = [join(folder, 'port.geojson'), join(folder, 'port.png')];
    const [job] = await run(['port.tif'], { out, overview, json: true });
    const { features } = JSON.parse(await readFile(out, 'utf8')) as FeatureCollection;
    expect(boxTexts(features.flatMap(({ properties }) => properties.box))).toEqual(truth);
    for (const { geometry } of features) {
      for (const [longitude, latitude] of geometry!.coordinates[0] as [number, number][]) {
        expect(longitude).toBeGreaterThan(2.15);
        expect(longitude).toBeLessThan(2.26);
        expect(latitude).toBeGreaterThan(41.49);
        expect(latitude).toBeLessThan(41.56);
      }
    }
    expect(JSON.parse(printed)).toMatchObject({
      detections: blobs.length,
      width,
      height,
      tileSize: 256,
      out,
    });
    expect((await sharp(overview).metadata()).width).toBe(width);
    // Once the output is there, finished tiles are of no use.
    await expect(readdir(job!.state)).rejects.toThrow('ENOENT');
  });

  it('goes on after a bad scene, reports it and exits with 1', async () => {
    const out = join(folder, 'all');
    await run(['broken.tif', 'port.tif', 'photo.png'], { out, format: 'csv' });
    expect((await readdir(out)).sort()).toEqual(['photo.csv', 'port.csv']);
    expect(warned).toContain('broken.tif is cut short');
    expect(process.exitCode).toBe(1);
    const lines = (await readFile(join(out, 'port.csv'), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(1 + blobs.length);
  });

  it('says so when an image does not tell where it lies', async () => {
    await run(['photo.png'], { out: join(folder, 'photo.geojson'), range: undefined });
    expect(warned).toContain('photo.png does not say where on Earth it lies');
    const { features } = JSON.parse(
      await readFile(join(folder, 'photo.geojson'), 'utf8'),
    ) as FeatureCollection;
    expect(features[0]!.geometry).toBeNull();
    expect(boxTexts(features.flatMap(({ properties }) => properties.box))).toEqual(truth);
  });

  it.each<[string, (image: Sharp) => Sharp]>([
    // Stored on its side, and to be turned upright by a quarter clockwise.
    ['turned by its EXIF orientation', (image) => image.rotate(270).withMetadata({ orientation: 6 })],
    ['of 16 bits', (image) => image.toColourspace('grey16')],
  ])('finds objects of a PNG %s where they are seen', async (_kind, write) => {
    await write(sharp(band, { raw: { width, height, channels: 1 } })).toFile(join(folder, 'other.png'));
    const out = join(folder, 'other.geojson');
    const range: [number, number] | undefined = _kind === 'of 16 bits' ? [0, 65_535] : undefined;
    await run(['other.png'], { out, range, crs: 'pixel' });
    const { features } = JSON.parse(await readFile(out, 'utf8')) as FeatureCollection;
    expect(boxTexts(features.flatMap(({ properties }) => properties.box))).toEqual(truth);
  });

  it('takes the format from the ending', async () => {
    await run(['port.tif'], { out: join(folder, 'port.json') });
    expect(JSON.parse(await readFile(join(folder, 'port.json'), 'utf8')).annotations).toHaveLength(
      blobs.length,
    );
    await run(['port.tif'], { out: join(folder, 'port.txt') });
    expect((await readFile(join(folder, 'port.txt'), 'utf8')).trim().split('\n')).toHaveLength(blobs.length);
  });

  it('finds out before the work that the place is not known', async () => {
    const detector = new BlobDetector();
    const out = join(folder, 'unknown.geojson');
    await run(['port.tif'], { out, sourceCrs: 'EPSG:99999' }, detector);
    expect(warned).toContain('EPSG:99999, which is not known');
    expect(detector.tiles).toHaveLength(0);
  });

  it('refuses an ending of no format, unless it is told the format', async () => {
    const out = join(folder, 'found.xyz');
    await expect(run(['port.tif'], { out })).rejects.toThrow(
      /found\.xyz: no format has the ending \.xyz.*\.gpkg/,
    );
    await run(['port.tif'], { out, format: 'csv' });
    expect(await readFile(out, 'utf8')).toMatch(/^scene,label/);
  });

  it('writes several scenes into one file, an object that two of them show once', async () => {
    // The right part of the scene, as the neighbour to the east.
    const left = 300;
    const east = tinyTiff({
      width: width - left,
      height,
      bands: 1,
      bits: 16,
      sample: (x, y) => 200 + 10 * band[y * width + x + left]!,
      doubles: { [tags.pixelScale]: [10, 10, 0], [tags.tiepoint]: [0, 0, 0, 430000 + 10 * left, 4600000, 0] },
      shorts: { [tags.geoKeys]: geoKeys(32631) },
    });
    await writeFile(join(folder, 'east.tif'), east);
    const out = join(folder, 'both.geojson');
    await run(['port.tif', 'east.tif'], { out });
    const { features } = JSON.parse(await readFile(out, 'utf8')) as FeatureCollection;
    expect(features).toHaveLength(blobs.length);
    expect(features.map(({ id }) => id)).toEqual([...features.keys()]);
    expect((await readdir(folder)).filter((name) => name.includes('.tiles'))).toEqual([]);
    const coco = join(folder, 'both.json');
    await run(['port.tif', 'east.tif'], { out: coco });
    const { images, annotations } = JSON.parse(await readFile(coco, 'utf8'));
    expect(images).toMatchObject([
      { id: 1, file_name: 'port.tif' },
      { id: 2, file_name: 'east.tif' },
    ]);
    // Each image with all that it shows.
    const shown = annotations.filter(({ image_id }: { image_id: number }) => image_id === 2);
    expect(shown.length).toBeGreaterThan(10);
    expect(annotations.length - shown.length).toBe(blobs.length);
    expect(new Set(annotations.map(({ id }: { id: number }) => id)).size).toBe(annotations.length);
  });

  it('numbers the images of COCO files in a folder through', async () => {
    const out = join(folder, 'numbered');
    await run(['port.tif', 'photo.png'], { out, format: 'coco' });
    const idsOf = async (name: string) => JSON.parse(await readFile(join(out, name), 'utf8')).images[0].id;
    expect([await idsOf('port.json'), await idsOf('photo.json')]).toEqual([1, 2]);
  });

  it('refuses what cannot be placed in a format of things on Earth', async () => {
    await run(['photo.png'], { out: join(folder, 'photo.gpkg'), range: undefined });
    expect(warned).toContain('photo.png does not say where on Earth it lies. Write pixels');
    expect(process.exitCode).toBe(1);
  });

  it('looks at an area only, and keeps what is wanted', async () => {
    const out = join(folder, 'part.geojson');
    const area = {
      polygons: [[[[0, 0] as Position, [300, 0] as Position, [300, 200] as Position, [0, 200] as Position]]],
      crs: 'pixel' as const,
    };
    await run(['port.tif'], { out, area, maxObjects: 3, json: true });
    expect(JSON.parse(printed)).toMatchObject({ detections: 3, view: { window: { left: 0, top: 0 } } });
    const { features } = JSON.parse(await readFile(out, 'utf8')) as FeatureCollection;
    for (const { properties } of features) {
      expect((properties.box[0]! + properties.box[2]!) / 2).toBeLessThanOrEqual(300);
    }
  });

  it('never writes over a scene', async () => {
    const out = join(folder, 'port.tif');
    await expect(run(['port.tif'], { out, format: 'geojson' })).rejects.toThrow(
      'port.tif is the scene itself',
    );
  });
});
