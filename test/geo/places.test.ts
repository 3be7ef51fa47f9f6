import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as gdal from '../../src/geo/gdal/gdal-module.js';
import { projectionNote, projectTo, unprojectFrom } from '../../src/geo/projection.js';
import { nameOfSystem, parseReferenceSystem } from '../../src/geo/reference-system.js';

vi.mock('../../src/geo/gdal/gdal-module.js', { spy: true });

interface Place {
  readonly crs: string;
  readonly x: number;
  readonly y: number;
  readonly longitude: number;
  readonly latitude: number;
}

/** What pyproj gives; test/fixtures/places/make.py says how. */
const places = JSON.parse(
  readFileSync(new URL('../fixtures/places/places.json', import.meta.url), 'utf8'),
) as Place[];

afterEach(() => {
  vi.mocked(gdal.hasGdal).mockReset();
});

function metresApart([longitude, latitude]: readonly [number, number], place: Place): number {
  const east = (((longitude - place.longitude + 540) % 360) - 180) * Math.cos((latitude * Math.PI) / 180);
  return Math.hypot(east, latitude - place.latitude) * 111_195;
}

const nameOf = ({ crs }: Place) => {
  const system = parseReferenceSystem(crs);
  return `${system.type} ${nameOfSystem(system)} ${crs.slice(0, 20)}`;
};

describe('unprojectFrom', () => {
  it.each(places.map((place) => [nameOf(place), place] as const))('%s, as pyproj to 1 cm', (_, place) => {
    expect(metresApart(unprojectFrom(place.crs, 'scene.tif')(place.x, place.y), place)).toBeLessThan(0.01);
    expect(projectionNote(place.crs, 'scene.tif')).toBeUndefined();
  });

  it.each(places.map((place) => [nameOf(place), place] as const))(
    '%s without gdal3.js: right, said to be rough, or refused by name',
    (_, place) => {
      vi.mocked(gdal.hasGdal).mockReturnValue(false);
      let metres: number;
      try {
        metres = metresApart(unprojectFrom(place.crs, 'scene.tif')(place.x, place.y), place);
      } catch (error) {
        expect((error as Error).message).toMatch(/scene\.tif is in .*npm install gdal3\.js/s);
        return;
      }
      const note = projectionNote(place.crs, 'scene.tif');
      if (note) expect(note).toContain('npm install gdal3.js');
      // National realisations of one datum with WGS 84 differ by a metre, which neither can say more about.
      else expect(metres).toBeLessThan(1.5);
    },
  );

  it('does not need gdal3.js for the systems that scenes mostly come in', () => {
    vi.mocked(gdal.hasGdal).mockReturnValue(false);
    const common = [
      '4326',
      '3857',
      '32631',
      '32733',
      '3035',
      '25832',
      '5070',
      '3031',
      '3413',
      '2154',
      '7855',
      '31983',
    ];
    for (const place of places.filter(({ crs }) => common.some((code) => crs === `EPSG:${code}`)))
      expect(metresApart(unprojectFrom(place.crs, 'scene.tif')(place.x, place.y), place)).toBeLessThan(0.01);
  });

  it('brings longitudes into -180 to 180', () => {
    expect(unprojectFrom(4326, 'scene.tif')(190, 10)).toEqual([-170, 10]);
    expect(unprojectFrom(4326, 'scene.tif')(-540.5, 10)).toEqual([179.5, 10]);
    expect(unprojectFrom(4326, 'scene.tif')(180, 10)).toEqual([180, 10]);
  });

  it('goes the other way too', () => {
    for (const { crs, x, y, longitude, latitude } of places.filter(({ crs }) =>
      /^EPSG:(32631|7855|27700)/.test(crs),
    )) {
      const [east, north] = projectTo(crs, 'scene.tif')(longitude, latitude);
      expect(Math.hypot(east - x, north - y)).toBeLessThan(0.01);
    }
  });
});

describe('parseReferenceSystem', () => {
  it.each([
    [32631, 'EPSG:32631'],
    ['epsg:32631', 'EPSG:32631'],
    ['ESRI:102003', 'ESRI:102003'],
    ['urn:ogc:def:crs:EPSG::32631', 'EPSG:32631'],
    ['urn:ogc:def:crs:EPSG:9.8:32631', 'EPSG:32631'],
    ['http://www.opengis.net/def/crs/EPSG/0/32631', 'EPSG:32631'],
    ['urn:ogc:def:crs:OGC:1.3:CRS84', 'EPSG:4326'],
    ['+init=epsg:32631', 'EPSG:32631'],
    ['proj=utm zone=31', '+proj=utm +zone=31'],
  ])('%s', (text, name) => {
    expect(nameOfSystem(parseReferenceSystem(text))).toBe(name);
  });

  it.each(['nonsense', '{"type": "Feature"}', '{', 'PROJCS', 'LOCAL_CS["x"]'])('refuses %s', (text) => {
    expect(() => parseReferenceSystem(text)).toThrow(/is not (a reference system|PROJJSON)/);
  });
});
