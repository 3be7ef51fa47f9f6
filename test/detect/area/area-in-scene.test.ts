import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { areaInScene } from '../../../src/detect/area/area-in-scene.js';
import { areaOfBounds, areaOfGeoJson, readArea } from '../../../src/detect/area/read-area.js';
import { locatorFor } from '../../../src/detect/output/locate.js';

/** Half a metre a pixel, rows to the south, west of Barcelona. */
const transform = { a: 0.5, b: 0, c: 430000, d: 0, e: -0.5, f: 4600000 };
const scene = { name: 'port.tif', width: 2000, height: 1000, georeference: { transform, epsg: 32631 } };
/** In the scene, with a corner beyond its left border. */
const pixels: [number, number][] = [
  [-100, 200],
  [700, 150],
  [650, 800],
  [90, 700],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'area-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Distance of the farthest corner from the nearest one of the area, in pixels. */
function farthest(found: ReturnType<typeof areaInScene>, expected: readonly [number, number][]): number {
  const ring = found.polygons[0]![0]!;
  return Math.max(...expected.map(([x, y]) => Math.min(...ring.map(([u, v]) => Math.hypot(u - x, v - y)))));
}

function ringIn(crs: 'wgs84' | 'source') {
  const { position } = locatorFor(scene, crs)!;
  const ring = pixels.map(([x, y]) => position(x, y));
  return [...ring, ring[0]!];
}

describe('areaInScene', () => {
  it('places longitudes and latitudes, to a hundredth of a pixel', () => {
    const json = { type: 'Polygon', coordinates: [ringIn('wgs84').map(([x, y]) => [x, y, 12.5])] };
    expect(farthest(areaInScene(areaOfGeoJson(json, 'a'), scene), pixels)).toBeLessThan(0.01);
  });

  it.each([
    ['EPSG code', 'EPSG:32631'],
    ['URN', 'urn:ogc:def:crs:EPSG::32631'],
  ])('places the coordinates that a "crs" member names by its %s', async (_how, name) => {
    const path = join(folder, 'area.geojson');
    const geometry = { type: 'MultiPolygon', coordinates: [[ringIn('source')]] };
    const feature = { type: 'Feature', properties: null, geometry };
    const crs = { type: 'name', properties: { name } };
    const nothing = { type: 'Feature', properties: null, geometry: null };
    const features = [nothing, feature];
    await writeFile(path, JSON.stringify({ type: 'FeatureCollection', crs, features }));
    expect(farthest(areaInScene(await readArea(path), scene), pixels)).toBeLessThan(0.01);
  });

  it('places what is given in another system, in the scene’s own, or in pixels', () => {
    const json = { type: 'Polygon', coordinates: [ringIn('source')] };
    expect(farthest(areaInScene(areaOfGeoJson(json, 'a', 'source'), scene), pixels)).toBeLessThan(0.01);
    const { position } = locatorFor(scene, 'wgs84')!;
    // As spherical Mercator has it.
    const mercator = pixels.map(([x, y]) => {
      const [longitude, latitude] = position(x, y).map((degrees) => (degrees * Math.PI) / 180);
      return [6378137 * longitude!, 6378137 * Math.log(Math.tan(Math.PI / 4 + latitude! / 2))];
    });
    const other = { type: 'Polygon', coordinates: [[...mercator, mercator[0]]] };
    expect(farthest(areaInScene(areaOfGeoJson(other, 'a', '3857'), scene), pixels)).toBeLessThan(0.02);
    const box = areaInScene(areaOfBounds([10, 20, 30, 40], 'pixel'), { ...scene, georeference: undefined });
    expect(box.polygons[0]![0]).toContainEqual([30, 40]);
  });

  it('follows an area that is much larger than the scene, and drops one that is elsewhere', () => {
    const spain = areaInScene(areaOfBounds([-10, 36, 4, 44], 'wgs84'), scene).polygons[0]![0]!;
    const [xs, ys] = [spain.map(([x]) => x), spain.map(([, y]) => y)];
    expect(Math.min(...xs)).toBeLessThan(0);
    expect(Math.max(...xs)).toBeGreaterThan(2000);
    expect(Math.max(...ys)).toBeGreaterThan(1000);
    expect(areaInScene(areaOfBounds([10, 36, 14, 44], 'wgs84'), scene).polygons).toEqual([]);
  });

  it('finds areas on both sides of the antimeridian', () => {
    const fiji = {
      ...scene,
      georeference: { transform: { a: 0.001, b: 0, c: 179.5, d: 0, e: -0.001, f: -16 }, epsg: 4326 },
    };
    const east = areaInScene(areaOfBounds([-179.9, -16.5, -179.8, -16.4], 'wgs84'), fiji);
    expect(farthest(east, [[600, 400]])).toBeLessThan(0.01);
  });

  it.each([
    ['has no polygons', { type: 'FeatureCollection', features: [] }],
    ['has a LineString, which has no area', { type: 'LineString', coordinates: [[0, 0]] }],
    ['is not GeoJSON: coordinates.0', { type: 'Polygon', coordinates: [[[0, 0]]] }],
    ['is not GeoJSON: type', { name: 'x' }],
  ])('refuses what %s', async (message, json) => {
    const path = join(folder, 'bad.geojson');
    await writeFile(path, JSON.stringify(json));
    await expect(readArea(path)).rejects.toThrow(message);
  });

  it('refuses a scene that does not say where it lies', () => {
    const place = { ...scene, georeference: undefined };
    expect(() => areaInScene(areaOfBounds([0, 0, 1, 1], 'wgs84'), place)).toThrow(/does not say where/);
  });
});
