import { fromArrayBuffer } from 'geotiff';
import { describe, expect, it } from 'vitest';
import { applyAffine } from '../../src/geo/affine.js';
import { splitAtAntimeridian } from '../../src/geo/antimeridian.js';
import { wgs84Polygon } from '../../src/geo/features.js';
import { mapPosition } from '../../src/geo/georeference.js';
import { readGeoreference } from '../../src/geo/geotiff-tags.js';
import { unprojectFrom } from '../../src/geo/projection.js';
import { rpcPlace } from '../../src/geo/rpc.js';
import type { TinyTiff } from '../image/raster/tiny-tiff.js';
import { geoKeys, tags, tinyTiff } from '../image/raster/tiny-tiff.js';

const plain = { width: 4, height: 4, bands: 1, bits: 8, sample: () => 1 } as const satisfies TinyTiff;

async function georeferenceOf(more: Partial<TinyTiff>) {
  const bytes = tinyTiff({ ...plain, ...more });
  const copy = new Uint8Array(bytes).buffer;
  return readGeoreference(await (await fromArrayBuffer(copy)).getImage());
}

const scaled = { [tags.pixelScale]: [10, 20, 0], [tags.tiepoint]: [2, 1, 0, 500000, 4000000, 0] };

describe('readGeoreference', () => {
  it('reads scale and tie point, which need not be the first pixel', async () => {
    const found = await georeferenceOf({ doubles: scaled, shorts: { [tags.geoKeys]: geoKeys(32631) } });
    expect(found!.epsg).toBe(32631);
    expect(applyAffine(found!.transform, 2, 1)).toEqual([500000, 4000000]);
    expect(applyAffine(found!.transform, 0, 0)).toEqual([499980, 4000020]);
  });

  it('moves by half a pixel where coordinates stand for pixel centres', async () => {
    const found = await georeferenceOf({
      doubles: scaled,
      shorts: { [tags.geoKeys]: geoKeys(32631, { isPoint: true }) },
    });
    // The centre of pixel (2, 1) has the coordinates of the tie point.
    expect(applyAffine(found!.transform, 2.5, 1.5)).toEqual([500000, 4000000]);
  });

  it('reads turned images from their matrix', async () => {
    const [cos, sin] = [10 * Math.cos(0.3), 10 * Math.sin(0.3)];
    const matrix = [cos, sin, 0, 300, sin, -cos, 0, 700, 0, 0, 0, 0, 0, 0, 0, 1];
    for (const isPoint of [false, true]) {
      const found = await georeferenceOf({
        doubles: { [tags.transformation]: matrix },
        shorts: { [tags.geoKeys]: geoKeys(3857, { isPoint }) },
      });
      const shift = isPoint ? 0.5 : 0;
      expect(applyAffine(found!.transform, shift, shift)[0]).toBeCloseTo(300, 9);
      const [x, y] = applyAffine(found!.transform, 10 + shift, 5 + shift);
      expect(x).toBeCloseTo(300 + 10 * cos + 5 * sin, 9);
      expect(y).toBeCloseTo(700 + 10 * sin - 5 * cos, 9);
    }
  });

  it('knows geographic systems, systems of a file’s own, and images without a place', async () => {
    const keys = (epsg: number, more = {}) => ({
      doubles: scaled,
      shorts: { [tags.geoKeys]: geoKeys(epsg, more) },
    });
    expect((await georeferenceOf(keys(4326, { isGeographic: true })))!.epsg).toBe(4326);
    expect((await georeferenceOf(keys(32767)))!.epsg).toBeUndefined();
    expect(await georeferenceOf({})).toBeUndefined();
  });
});

describe('readGeoreference, as GDAL', () => {
  // What rasterio 1.4.4 with GDAL 3.10.3 says of the same tags.
  it.each([
    [
      'a negated scale is north-up',
      { [tags.pixelScale]: [10, -20, 0] },
      [499980, 4000020],
      [500000, 4000000],
    ],
    ['columns that run west', { [tags.pixelScale]: [-10, 20, 0] }, [500020, 4000020], [500000, 4000000]],
    [
      'a scale counts more than a matrix',
      { [tags.transformation]: [5, 0, 0, 1000, 0, -5, 0, 2000, 0, 0, 0, 0, 0, 0, 0, 1] },
      [499980, 4000020],
      [500000, 4000000],
    ],
  ])('%s', async (_, more, corner, tie) => {
    const found = await georeferenceOf({
      doubles: { ...scaled, ...more },
      shorts: { [tags.geoKeys]: geoKeys(32631) },
    });
    expect(applyAffine(found!.transform, 0, 0)).toEqual(corner);
    expect(applyAffine(found!.transform, 2, 1)).toEqual(tie);
  });

  it('fits control points: straight below six, of the second degree from six on', async () => {
    const place = (pixel: number, line: number, bend: number): [number, number] => [
      500000 + 10 * pixel + 2 * line + bend * pixel * line,
      4000000 + pixel - 10 * line + bend * line * line,
    ];
    const ties = (points: [number, number][], bend: number) =>
      points.flatMap(([pixel, line]) => [pixel, line, 0, ...place(pixel, line, bend), 0]);
    const read = async (points: [number, number][], bend: number) =>
      georeferenceOf({
        doubles: { [tags.tiepoint]: ties(points, bend) },
        shorts: { [tags.geoKeys]: geoKeys(32631) },
      });
    const few = await read(
      [
        [0, 0],
        [100, 0],
        [0, 100],
        [100, 100],
      ],
      0,
    );
    expect(few!.polynomial).toBeUndefined();
    const many = await read(
      [
        [0, 0],
        [100, 0],
        [0, 100],
        [100, 100],
        [50, 20],
        [20, 70],
        [80, 60],
      ],
      0.01,
    );
    for (const [found, bend] of [
      [few!, 0],
      [many!, 0.01],
    ] as const) {
      const [x, y] = mapPosition(found, 33, 44);
      const [wantedX, wantedY] = place(33, 44, bend);
      expect(x).toBeCloseTo(wantedX, 5);
      expect(y).toBeCloseTo(wantedY, 5);
      expect(found.epsg).toBe(32631);
    }
    // One point, or two, say nothing about scale and direction.
    expect(await read([[0, 0]], 0)).toBeUndefined();
  });

  it('reads systems that are described without a code', async () => {
    const described = await georeferenceOf({
      doubles: { ...scaled, [tags.geoDoubles]: [10, 12.5, 0.9998, 300000, -200000] },
      shorts: {
        [tags.geoKeys]: [
          [1, 1, 0, 10],
          [1024, 0, 1, 1],
          [2048, 0, 1, 4326],
          [3072, 0, 1, 32767],
          [3075, 0, 1, 1],
          [3076, 0, 1, 9001],
          [3081, tags.geoDoubles, 1, 0],
          [3080, tags.geoDoubles, 1, 1],
          [3092, tags.geoDoubles, 1, 2],
          [3082, tags.geoDoubles, 1, 3],
          [3083, tags.geoDoubles, 1, 4],
        ].flat(),
      },
    });
    const [lon, lat] = unprojectFrom(described!.crs!, 'scene.tif')(354441.0708, 21234.7795);
    // +proj=tmerc +lat_0=10 +lon_0=12.5 +k=0.9998 +x_0=300000 +y_0=-200000 +datum=WGS84, by pyproj
    expect(lon).toBeCloseTo(13, 7);
    expect(lat).toBeCloseTo(12, 7);
  });

  it('inverts rational polynomials at a height', () => {
    const twenty = (...factors: number[]) => [...factors, ...Array(20 - factors.length).fill(0)];
    const rpc = {
      lineOffset: 500,
      sampleOffset: 600,
      latitudeOffset: 45,
      longitudeOffset: 10,
      heightOffset: 300,
      lineScale: 500,
      sampleScale: 600,
      latitudeScale: 0.1,
      longitudeScale: 0.2,
      heightScale: 500,
      // line = -latitude + 0.1 height, sample = longitude + 0.02 longitude latitude - 0.05 height
      lineNumerator: twenty(0, 0, -1, 0.1),
      lineDenominator: twenty(1),
      sampleNumerator: twenty(0, 1, 0, -0.05, 0.02),
      sampleDenominator: twenty(1, 0.001),
    };
    const size = { width: 1200, height: 1000 };
    for (const height of [300, 800]) {
      const place = rpcPlace(rpc, size, height);
      const [longitude, latitude] = mapPosition(place, 900.5, 750.5);
      const [l, p, h] = [(longitude - 10) / 0.2, (latitude - 45) / 0.1, (height - 300) / 500];
      expect(((l - 0.05 * h + 0.02 * l * p) / (1 + 0.001 * l)) * 600 + 600).toBeCloseTo(900, 6);
      expect((-p + 0.1 * h) * 500 + 500).toBeCloseTo(750, 6);
      expect(place.epsg).toBe(4326);
      const straight = applyAffine(place.transform, 900.5, 750.5);
      expect(Math.hypot(straight[0] - longitude, straight[1] - latitude)).toBeLessThan(0.005);
    }
  });
});

describe('unprojectFrom', () => {
  // What pyproj 3 gives, and for the two with shifts of seven parameters what surveys publish.
  it.each<[string, number, number, number, number]>([
    ['EPSG:4326', 2.5, 48.25, 2.5, 48.25],
    ['EPSG:3857', 338749.774583, 4414410.363189, 3.043041, 36.822615],
    ['EPSG:32631', 500000, 5000000, 3, 45.1534887],
    ['EPSG:32733', 500000, 8000000, 15, -18.0887089],
    ['EPSG:5070', 1000000, 1500000, -84.7778189, 36.0192015],
    ['EPSG:27700', 530000, 180000, -0.1283539, 51.5039908],
    ['EPSG:2154', 652469.02, 6862035.26, 2.3522, 48.8566],
    // Axes that run west and south.
    ['EPSG:2054', 50000, 2800000, 30.5034745, -25.305603],
    ['EPSG:2055', 50000, 2800000, 32.5034745, -25.305603],
    ['EPSG:22285', 50000, 2800000, 24.503064, -25.308276],
    ['EPSG:28992', 155000, 463000, 5.3872061, 52.1551744],
  ])('%s (%f, %f)', (crs, x, y, longitude, latitude) => {
    const [lon, lat] = unprojectFrom(crs, 'scene.tif')(x, y);
    expect(Math.abs(lon - longitude)).toBeLessThan(5e-5);
    expect(Math.abs(lat - latitude)).toBeLessThan(5e-5);
  });

  it('takes PROJ strings', () => {
    const [lon, lat] = unprojectFrom('+proj=utm +zone=31 +datum=WGS84', 'scene.tif')(500000, 0);
    expect([lon, lat].map((value) => Math.abs(Math.round(value * 1e9) / 1e9))).toEqual([3, 0]);
  });

  it('says what to do about systems that are not known', () => {
    expect(() => unprojectFrom(99999, 'scene.tif')).toThrow(
      /scene\.tif is in the reference system EPSG:99999, which is not known.*--source-crs/,
    );
    // Geocentric: three coordinates from the middle of the Earth.
    expect(() => unprojectFrom(4936, 'scene.tif')).toThrow('not known');
    expect(() => unprojectFrom('nonsense', 'scene.tif')).toThrow('nonsense is not a reference system');
  });
});

describe('wgs84Polygon', () => {
  it('is closed, counterclockwise and rounded, whichever way the ring ran', () => {
    const ring: [number, number][] = [
      [0, 0],
      [0, 1.123456789],
      [1, 1],
      [1, 0],
    ];
    const clockwise = wgs84Polygon(ring);
    expect(clockwise).toEqual({
      type: 'Polygon',
      coordinates: [
        [
          [1, 0],
          [1, 1],
          [0, 1.1234568],
          [0, 0],
          [1, 0],
        ],
      ],
    });
    expect(wgs84Polygon(ring.toReversed())).toEqual(clockwise);
  });

  it('is cut in two at the antimeridian', () => {
    const across: [number, number][] = [
      [179.5, 10],
      [-179, 10],
      [-179, 12],
      [179.5, 12],
    ];
    const polygon = wgs84Polygon(across);
    expect(polygon.type).toBe('MultiPolygon');
    const rings = polygon.coordinates as [number, number][][][];
    expect(rings).toHaveLength(2);
    const area = (ring: [number, number][]) =>
      ring.slice(1).reduce((sum, [x, y], index) => sum + (ring[index]![0] * y - x * ring[index]![1]) / 2, 0);
    expect(area(rings[0]![0]!)).toBeCloseTo(0.5 * 2, 6);
    expect(area(rings[1]![0]!)).toBeCloseTo(1 * 2, 6);
    for (const [longitude] of rings.flat(2)) expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
    expect(splitAtAntimeridian(across.toReversed())).toHaveLength(2);
    expect(
      splitAtAntimeridian([
        [179, 0],
        [180, 0],
        [180, 1],
        [179, 1],
      ]),
    ).toHaveLength(1);
  });
});
