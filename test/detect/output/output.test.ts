import { describe, expect, it } from 'vitest';
import { toCoco } from '../../../src/detect/output/coco.js';
import { toCsv } from '../../../src/detect/output/csv.js';
import { toGeoJson } from '../../../src/detect/output/geojson.js';
import type { SceneDetections } from '../../../src/detect/output/scene-detections.js';
import { toYolo } from '../../../src/detect/output/yolo.js';
import { boxes, turnedBoxes } from '../../helpers/random-detections.js';

const transform = { a: 10, b: 0, c: 500000, d: 0, e: -10, f: 5000000 };
const scene: SceneDetections = {
  name: 'port, north.tif',
  labels: ['ship', 'boat'],
  width: 1000,
  height: 500,
  georeference: { transform, epsg: 32631 },
  detections: boxes([100, 50, 140, 70, 0.875, 1], [0, 0, 10, 10, 0.5, 0]),
};

describe('toGeoJson', () => {
  it('puts boxes on Earth, in longitude and latitude', () => {
    const { features } = toGeoJson(scene);
    expect(features[0]).toMatchObject({
      type: 'Feature',
      properties: { label: 'boat', class: 1, score: 0.875, box: [100, 50, 140, 70] },
    });
    const ring = features[0]!.geometry!.coordinates[0] as [number, number][];
    expect(ring).toHaveLength(5);
    const [west, east] = [Math.min(...ring.map(([x]) => x)), Math.max(...ring.map(([x]) => x))];
    // 40 pixels of 10 m at 45.1 degrees north.
    expect((east - west) * 111320 * Math.cos((45.15 * Math.PI) / 180)).toBeCloseTo(400, -1);
    expect(west).toBeGreaterThan(3);
  });

  it('writes the scene’s own coordinates, or pixels, when asked', () => {
    const own = toGeoJson(scene, { crs: 'source' });
    expect(own.crs).toEqual({ type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32631' } });
    expect(own.features[0]!.geometry!.coordinates[0]).toContainEqual([501000, 4999500]);
    expect(toGeoJson(scene, { crs: 'pixel' }).features[0]!.geometry!.coordinates[0]).toContainEqual([
      140, 70,
    ]);
  });

  it('names the reference system that it was told, not the one of the file', () => {
    const nameOf = (sourceCrs?: string, georeference: typeof scene.georeference = scene.georeference) =>
      toGeoJson({ ...scene, georeference }, { crs: 'source', sourceCrs }).crs?.properties.name;
    expect(nameOf('EPSG:32632')).toBe('urn:ogc:def:crs:EPSG::32632');
    expect(nameOf('ESRI:102003')).toBe('urn:ogc:def:crs:ESRI::102003');
    expect(nameOf('+proj=sinu +R=6371007.181')).toBe('+proj=sinu +R=6371007.181');
    expect(nameOf(undefined, { transform, crs: 'ESRI:102003' })).toBe('urn:ogc:def:crs:ESRI::102003');
  });

  it('leaves features without a place where the scene has none', () => {
    const lost = { ...scene, georeference: undefined };
    expect(toGeoJson(lost).features[0]!.geometry).toBeNull();
  });

  it('asks for a reference system that the file does not name', () => {
    const unnamed = { ...scene, georeference: { transform, citation: 'Local grid' } };
    expect(() => toGeoJson(unnamed)).toThrow(
      /port, north\.tif names no reference system that is understood.*"Local grid".*--source-crs/,
    );
    expect(toGeoJson(unnamed, { sourceCrs: 'EPSG:32631' })).toEqual(toGeoJson(scene));
  });

  it('turns the corners of turned boxes', () => {
    const turned = { ...scene, detections: turnedBoxes([100, 100, 40, 20, Math.PI / 2, 0.9, 0]) };
    const { geometry, properties } = toGeoJson(turned, { crs: 'pixel' }).features[0]!;
    expect(geometry!.coordinates[0]).toContainEqual([110, 80]);
    expect(properties.box).toEqual([90, 80, 110, 120]);
    expect(properties.angle).toBeCloseTo(Math.PI / 2, 5);
  });
});

it('toCsv writes longitudes of -180 to 180', () => {
  const east = { transform: { a: 0.001, b: 0, c: 190, d: 0, e: -0.001, f: 10 }, epsg: 4326 };
  const longitude = Number(
    toCsv({ ...scene, georeference: east })
      .split('\r\n')[1]!
      .split(',')
      .at(-2),
  );
  expect(longitude).toBeCloseTo(-169.88, 6);
});

it('toCoco writes a data set whose annotations are results', () => {
  const coco = toCoco(scene);
  expect(coco.images).toEqual([{ id: 1, file_name: 'port, north.tif', width: 1000, height: 500 }]);
  expect(coco.categories[1]).toEqual({ id: 2, name: 'boat' });
  expect(coco.annotations[0]).toMatchObject({
    image_id: 1,
    category_id: 2,
    bbox: [100, 50, 40, 20],
    area: 800,
    score: 0.875,
  });
});

it('toCsv quotes names and gives the centre’s position', () => {
  const [header, first] = toCsv(scene).split('\r\n');
  expect(header).toBe('scene,label,score,xmin,ymin,xmax,ymax,longitude,latitude');
  expect(first).toMatch(/^"port, north.tif",boat,0.875,100,50,140,70,3\.01\d+,45\.14\d+$/);
  expect(toCsv({ ...scene, georeference: undefined }).split('\r\n')[0]).not.toContain('longitude');
});

it('toYolo writes shares of the sides', () => {
  expect(toYolo(scene).split('\n')[0]).toBe('1 0.12000000 0.12000000 0.04000000 0.04000000 0.875');
  const turned = { ...scene, detections: turnedBoxes([100, 100, 40, 20, 0, 0.9, 0]) };
  expect(toYolo(turned).trim().split(' ')).toHaveLength(10);
});

it('toCsv makes text harmless that a spreadsheet would take for a formula', () => {
  const names = ['=HYPERLINK("http://x")', '+1', '-1', '@a', '\tx', 'a=1'];
  const cells = names.map((name) => toCsv({ ...scene, name }).split('\r\n')[1]!);
  expect(cells.map((cell) => cell.split(',boat')[0])).toEqual([
    '"\'=HYPERLINK(""http://x"")"',
    "'+1",
    "'-1",
    "'@a",
    "'\tx",
    'a=1',
  ]);
});
