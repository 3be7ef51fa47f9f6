import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluateFlags } from '../../../src/cli/evaluate/flags.js';
import { mapReport, scoreOnMap } from '../../../src/cli/evaluate/on-map.js';
import { unprojectFrom } from '../../../src/geo/projection.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'map-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Squares given by left, bottom, side in metres of UTM zone 31, as GeoJSON. */
type Square = [left: number, bottom: number, side: number, label: string, score?: number];

const unproject = unprojectFrom(32631, 'test');

function feature([left, bottom, side, label, score]: Square, isOnEarth: boolean, isPoint = false) {
  const place = (x: number, y: number) =>
    isOnEarth ? unproject(500000 + x, 5e6 + y) : [500000 + x, 5e6 + y];
  const ring = [
    [0, 0],
    [side, 0],
    [side, side],
    [0, side],
    [0, 0],
  ].map(([x, y]) => place(left + x!, bottom + y!));
  const geometry = isPoint
    ? { type: 'Point', coordinates: place(left + side / 2, bottom + side / 2) }
    : { type: 'Polygon', coordinates: [ring] };
  return { type: 'Feature', geometry, properties: { label, ...(score === undefined ? {} : { score }) } };
}

async function file(name: string, content: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

const utm = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32631' } };
const collection = (features: object[], crs?: object) => ({ type: 'FeatureCollection', crs, features });
const truth: Square[] = [
  [0, 0, 10, 'ship'],
  [100, 0, 10, 'ship'],
  [200, 0, 10, 'ship'],
  [0, 100, 10, 'crane'],
];
const found: Square[] = [
  // Overlaps by 0.8 / 1.2: 2 m off.
  [2, 0, 10, 'ship', 0.9],
  // The same object once more.
  [1, 0, 10, 'ship', 0.8],
  // 6 m off: an overlap of 0.25.
  [106, 0, 10, 'ship', 0.7],
  [0, 100, 10, 'ship', 0.6],
  [0, 101, 10, 'crane', 0.5],
];

async function score(flags: Partial<EvaluateFlags>, isPoint = false) {
  const data = await file(
    'truth.geojson',
    collection(
      truth.map((one) => feature(one, false, isPoint)),
      utm,
    ),
  );
  const detections = await file('found.geojson', collection(found.map((one) => feature(one, true))));
  return scoreOnMap({ model: 'x', data, detections, ...flags });
}

describe('truth and detections in map coordinates', () => {
  it('are compared by overlap, each object found once, whatever systems they are in', async () => {
    const scores = await score({});
    const [crane, ship] = scores.classes;
    expect(crane).toMatchObject({ name: 'crane', objects: 1, detections: 1, AP: 1 });
    // One of three found, by the first.
    expect(ship).toMatchObject({ name: 'ship', objects: 3, detections: 4 });
    expect(ship!.AP).toBeCloseTo(1 / 3, 9);
    expect(ship!.best).toMatchObject({
      threshold: 0.9,
      precision: 1,
      recall: expect.closeTo(1 / 3, 9),
      f1: 0.5,
    });
    expect(scores.mAP).toBeCloseTo(2 / 3, 9);
    expect(scores).toMatchObject({ objects: 4, detections: 5 });
    const loose = await score({ iou: 0.2 });
    // Right, wrong, right, wrong.
    expect(loose.classes[1]!.AP).toBeCloseTo(1 / 3 + (1 / 3) * (2 / 3), 9);
    expect((await score({ iou: 0.7 })).classes[1]!.AP).toBeCloseTo((1 / 3) * (1 / 2), 9);
  });

  it('are compared by the distance of their centres in metres, of points too', async () => {
    for (const isPoint of [false, true]) {
      const near = await score({ distance: 5.9 }, isPoint);
      expect(near.classes[1]!.AP).toBeCloseTo(1 / 3, 9);
      const far = await score({ distance: 6.1 }, isPoint);
      expect(far.classes[1]!.AP).toBeCloseTo(1 / 3 + (1 / 3) * (2 / 3), 9);
    }
  });

  it('are printed by class', async () => {
    const report = mapReport(await score({ distance: 6.1 }));
    expect(report).toMatch(
      /5 detections of 4 objects on the map, centres within 6\.1 m; mean AP of the classes 0\.778/,
    );
    expect(report).toMatch(/\ncrane +1 +1 +1\.000 +1\.000 +1\.000 +1\.000 +0\.500\n/);
  });

  it('meet across the antimeridian, where GeoJSON cuts polygons', async () => {
    const ring = (west: number, east: number) => [
      [west, 0],
      [east, 0],
      [east, 0.01],
      [west, 0.01],
      [west, 0],
    ];
    const cut = { type: 'MultiPolygon', coordinates: [[ring(179.99, 180)], [ring(-180, -179.99)]] };
    const data = await file(
      'fiji.geojson',
      collection([{ type: 'Feature', geometry: cut, properties: { label: 'reef' } }]),
    );
    const whole = { type: 'Polygon', coordinates: [ring(179.991, 180.009)] };
    const properties = { label: 'reef', score: 0.5 };
    const detections = await file(
      'one.geojson',
      collection([{ type: 'Feature', geometry: whole, properties }]),
    );
    expect((await scoreOnMap({ model: 'x', data, detections })).mAP).toBe(1);
  });

  it('have to be what they should be', async () => {
    await expect(score({ detections: undefined })).rejects.toThrow(/give --detections found\.geojson/);
    await expect(score({}, true)).rejects.toThrow(/4 objects are points.*--distance/);
    await expect(score({ iou: 0.5, distance: 3 })).rejects.toThrow(/one of them/);
    await expect(score({ labelProperty: 'kind' })).rejects.toThrow(/property kind/);
    const unscored = await file('bare.geojson', collection(truth.map((one) => feature(one, true))));
    await expect(score({ detections: unscored })).rejects.toThrow(/bare\.geojson: features\.0 has no score/);
    const line = { type: 'Feature', geometry: { type: 'LineString', coordinates: [[0, 0]] }, properties: {} };
    const lines = await file('lines.geojson', collection([line]));
    await expect(score({ detections: lines })).rejects.toThrow(/lines\.geojson: features\.0\.geometry\.type/);
  });
});
