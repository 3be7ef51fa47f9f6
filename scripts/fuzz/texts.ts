import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../src/base/errors.js';
import { sealedLine } from '../../src/base/sealed-lines.js';
import { areaInScene } from '../../src/detect/area/area-in-scene.js';
import { readArea } from '../../src/detect/area/read-area.js';
import { isSigned, signJob } from '../../src/detect/queue/signature.js';
import type { TileJob } from '../../src/detect/queue/tile-job.js';
import { tileJobSchema } from '../../src/detect/queue/tile-job.js';
import { parseJournal } from '../../src/detect/scene/parse-journal.js';
import { readTile } from '../../src/detect/scene/tile-image.js';
import { toTileRecord } from '../../src/detect/scene/tile-record.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import { readTrainingConfig } from '../../src/train/config.js';
import { gradientImage } from '../../test/image/images.js';
import type { OpenTarget } from './target.js';
import { all, digest } from './target.js';

/** Configurations of training runs. */
export const openTrainingConfigs: OpenTarget = async (folder) => {
  const names = ['land-use.json', 'aircraft.json', 'oriented-synthetic.json'];
  const inputs = await Promise.all(
    names.map(async (name) => ({
      name,
      bytes: await readFile(fileURLToPath(new URL(`../../configs/${name}`, import.meta.url))),
    })),
  );
  await cp(fileURLToPath(new URL('../../configs/shared', import.meta.url)), join(folder, 'shared'), {
    recursive: true,
  });
  const path = join(folder, 'config.json');
  return {
    inputs,
    isText: true,
    async read(bytes) {
      await writeFile(path, bytes);
      return digest(await readTrainingConfig(path));
    },
  };
};

/** Areas of interest in GeoJSON, placed in a scene. */
export const openAreas: OpenTarget = async (folder) => {
  const ring = [
    [3, 45],
    [3.1, 45],
    [3.1, 45.1],
    [3, 45.1],
    [3, 45],
  ];
  const polygon = { type: 'Polygon', coordinates: [ring] };
  const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32631' } };
  const values = [
    polygon,
    {
      type: 'Feature',
      properties: { name: 'x' },
      geometry: { type: 'MultiPolygon', coordinates: [[ring], [ring]] },
    },
    {
      type: 'FeatureCollection',
      crs,
      features: [
        { type: 'Feature', geometry: polygon },
        { type: 'Feature', geometry: null },
      ],
    },
    { type: 'GeometryCollection', geometries: [polygon, polygon] },
  ];
  const path = join(folder, 'area.geojson');
  const transform = { a: 10, b: 0, c: 500_000, d: 0, e: -10, f: 5_000_000 };
  const scene = { name: 'scene.tif', width: 1000, height: 800, georeference: { transform, epsg: 32631 } };
  return {
    inputs: values.map((value, index) => ({ name: `${index}`, bytes: Buffer.from(JSON.stringify(value)) })),
    isText: true,
    async read(bytes) {
      await writeFile(path, bytes);
      return digest(areaInScene(await readArea(path), scene));
    },
  };
};

/** Journals of scenes: a damaged line costs its tile, and no tile becomes another one. */
export const openJournals: OpenTarget = async () => {
  const detections = {
    count: 2,
    boxes: Float32Array.of(1, 2, 3.5, 4, 10, 20, 30, 40),
    scores: Float32Array.of(0.9, 0.123456),
    classes: Int32Array.of(0, 1),
  };
  const none = {
    count: 0,
    boxes: new Float32Array(0),
    scores: new Float32Array(0),
    classes: new Int32Array(0),
  };
  const tiles = Array.from({ length: 6 }, (_, tile) => ({
    tile,
    ...toTileRecord({ empty: tile === 3, detections: tile % 2 === 0 ? detections : none }),
  }));
  const lines = [{ version: 1, sealed: true, tileSize: 256, overlap: 64 }, ...tiles];
  const bytes = Buffer.from(lines.map((line) => `${sealedLine(line)}\n`).join(''));
  const old = [{ version: 1, tileSize: 256, overlap: 64 }, ...tiles];
  return {
    inputs: [
      { name: 'sealed', bytes, sealed: all(bytes) },
      {
        name: 'of a version without checksums',
        bytes: Buffer.from(old.map((line) => `${JSON.stringify(line)}\n`).join('')),
      },
    ],
    isText: true,
    async read(damaged) {
      const { header, finished } = parseJournal(damaged, 'journal');
      const results = [...finished].map(([tile, result]) => `${tile}=${digest(result)}`);
      return [digest(header), ...results].join(' ');
    },
    isWithin: (whole, found) => {
      const [header, ...tiles] = whole.split(' ');
      const [foundHeader, ...foundTiles] = found.split(' ');
      return header === foundHeader && foundTiles.every((tile) => tiles.includes(tile));
    },
  };
};

/** What workers of a queue are sent: read, checked, and its window read, as a worker does before its detector. */
export const openQueuePayloads: OpenTarget = async (folder) => {
  const path = join(folder, 'scene.png');
  await writeFile(path, await gradientImage(90, 70).png().toBuffer());
  const secret = 'a secret';
  const source = await openRaster(path);
  const job: TileJob = {
    version: 2,
    scene: { paths: [path], fingerprint: source.fingerprint },
    model: { name: 'aircraft', fingerprint: '0' },
    bands: [0, 1, 2],
    stretch: { low: [0, 0, 0], high: [255, 255, 255] },
    threshold: 0.4,
    window: { left: 8, top: 8, width: 32, height: 32 },
    size: { width: 64, height: 64 },
  };
  await source.close();
  const signed = Buffer.from(JSON.stringify({ ...job, signature: signJob(job, secret) }));
  return {
    inputs: [
      { name: 'signed', bytes: signed, sealed: all(signed) },
      { name: 'unsigned', bytes: Buffer.from(JSON.stringify(job)) },
    ],
    isText: true,
    async read(bytes, { name }) {
      const parsed = tileJobSchema.safeParse(parse(bytes));
      if (!parsed.success) throw new UserError('no job');
      if (name === 'signed' && !isSigned(parsed.data, secret)) throw new UserError('not signed');
      const { signature: _signature, refusals: _refusals, refusal: _refusal, ...order } = parsed.data;
      // Files of this machine are none of the fuzzer's business.
      if (order.scene.paths.some((each) => each !== path)) throw new UserError('another scene');
      const scene = await openRaster(order.scene.paths);
      try {
        const tile = await readTile(scene, order);
        return digest(order, tile?.data ?? null);
      } finally {
        await scene.close();
      }
    },
  };
};

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new UserError('no JSON', { cause });
  }
}
