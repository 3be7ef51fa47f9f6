import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { FeatureCollection } from '../../../src/detect/output/geojson.js';
import { toGeoJson } from '../../../src/detect/output/geojson.js';
import type { SceneDetections } from '../../../src/detect/output/scene-detections.js';
import { translateVectors } from '../../../src/detect/output/translate-vectors.js';
import { filesOfDetections } from '../../../src/detect/output/write-detections.js';
import type { VectorFormat } from '../../../src/detect/output/write-vectors.js';
import { boxes, turnedBoxes } from '../../helpers/random-detections.js';

const scene: SceneDetections = {
  name: 'port.tif',
  labels: ['ship <1>', 'boät'],
  width: 1000,
  height: 500,
  georeference: { transform: { a: 10, b: 0, c: 500000, d: 0, e: -10, f: 5000000 }, epsg: 32631 },
  detections: turnedBoxes([100, 50, 40, 20, 0.3, 0.875, 1], [300, 200, 30, 30, 0, 0.5, 0]),
};

/** What GDAL reads of the files of a format. */
async function readBack(format: VectorFormat, options = {}, scenes = [scene]): Promise<FeatureCollection> {
  const files = await filesOfDetections(scenes, format, options);
  const inputs = Object.fromEntries(files.map(({ ending, content }) => [`read${ending}`, content]));
  const args = ['-f', 'GeoJSON', '-lco', 'COORDINATE_PRECISION=9', ...(format === 'gpkg' ? ['objects'] : [])];
  const { 'back.geojson': json } = await translateVectors({
    inputs,
    steps: [{ from: `read${files[0]!.ending}`, to: 'back.geojson', args }],
    outputs: ['back.geojson'],
  });
  return JSON.parse(Buffer.from(json!).toString('utf8'));
}

/** The only file of a format. */
async function contentOf(...args: Parameters<typeof filesOfDetections>): Promise<Uint8Array> {
  const files = await filesOfDetections(...args);
  expect(files).toHaveLength(1);
  return files[0]!.content as Uint8Array;
}

/** Positions of all corners, in an order that does not depend on where a ring starts or which way it runs. */
function places({ features }: FeatureCollection): string[] {
  return features
    .flatMap(({ geometry }) => {
      const numbers = (geometry!.coordinates as unknown[]).flat(4) as number[];
      const points = numbers.flatMap((x, at) =>
        at % 2 === 0 ? [`${x.toFixed(6)} ${numbers[at + 1]!.toFixed(6)}`] : [],
      );
      return [...new Set(points)];
    })
    .sort();
}

describe.each<VectorFormat>(['gpkg', 'flatgeobuf', 'shapefile', 'kml'])('%s', (format) => {
  it('holds a polygon for each object, on Earth', async () => {
    const back = await readBack(format);
    expect(places(back)).toEqual(places(toGeoJson(scene)));
    const names = back.features.map(
      ({ properties }) => properties.label ?? (properties as { Name?: string }).Name,
    );
    expect(names.sort()).toEqual(['boät', 'ship <1>']);
  });
});

describe('a GeoPackage', () => {
  it('has the scores, the boxes in pixels, and a style that QGIS takes by default', async () => {
    const content = await contentOf([scene], 'gpkg');
    const { 'style.geojson': json } = await translateVectors({
      inputs: { 'read.gpkg': content },
      steps: [{ from: 'read.gpkg', to: 'style.geojson', args: ['-f', 'GeoJSON', 'layer_styles'] }],
      outputs: ['style.geojson'],
    });
    const [style] = JSON.parse(Buffer.from(json!).toString('utf8')).features;
    expect(style.properties).toMatchObject({
      f_table_name: 'objects',
      f_geometry_column: 'geom',
      useAsDefault: true,
    });
    expect(style.properties.styleQML).toMatch(/categorizedSymbol.*attr="label"/);
    expect(style.properties.styleQML).toContain('value="ship &lt;1&gt;"');
    const { features } = await readBack('gpkg');
    expect(features[0]!.properties).toMatchObject({
      class: 1,
      score: 0.875,
      angle: 0.3,
      scene: 'port.tif',
      xmin: 77.94,
    });
  });

  it('keeps the scene’s own coordinates on request', async () => {
    const back = await readBack('gpkg', { crs: 'pixel' });
    expect((back as { crs?: unknown }).crs).toBeUndefined();
    expect(places(back)).toEqual(places(toGeoJson(scene, { crs: 'pixel' })));
    const content = await contentOf([scene], 'gpkg', { crs: 'source' });
    // Reading as GeoJSON brings them back to longitudes and latitudes, so the system is known.
    const { 'o.geojson': json } = await translateVectors({
      inputs: { 'read.gpkg': content },
      steps: [
        { from: 'read.gpkg', to: 'o.geojson', args: ['-f', 'GeoJSON', '-t_srs', 'EPSG:4326', 'objects'] },
      ],
      outputs: ['o.geojson'],
    });
    const [first] = places(JSON.parse(Buffer.from(json!).toString('utf8')));
    expect(Number(first!.split(' ')[0])).toBeCloseTo(Number(places(toGeoJson(scene))[0]!.split(' ')[0]), 5);
  });

  it('may be empty', async () => {
    const content = await contentOf([{ ...scene, detections: boxes() }], 'gpkg');
    expect(Buffer.from(content).toString('latin1')).toMatch(/^SQLite format 3[\s\S]*layer_styles/);
  });
});

describe('GeoParquet', () => {
  it('has geometries as WKB, with what readers need to know of them', async () => {
    const content = await contentOf([scene], 'parquet');
    const file = content.buffer.slice(
      content.byteOffset,
      content.byteOffset + content.byteLength,
    ) as ArrayBuffer;
    const { key_value_metadata: pairs } = await parquetMetadataAsync(file);
    const geo = JSON.parse(pairs!.find(({ key }) => key === 'geo')!.value!);
    expect(geo).toMatchObject({
      version: '1.1.0',
      primary_column: 'geometry',
      columns: { geometry: { encoding: 'WKB', geometry_types: ['Polygon'] } },
    });
    const rows = await parquetReadObjects({ file });
    expect(rows[0]).toMatchObject({ label: 'boät', class: 1, score: 0.875, scene: 'port.tif' });
    // The reader makes GeoJSON of it.
    expect(rows[0]!.geometry).toEqual(toGeoJson(scene).features[0]!.geometry);
  });

  it('is in longitude and latitude, as is KML', async () => {
    await expect(filesOfDetections([scene], 'parquet', { crs: 'source' })).rejects.toThrow(
      /GeoParquet is written in/,
    );
    await expect(filesOfDetections([scene], 'kml', { crs: 'pixel' })).rejects.toThrow(/KML is written in/);
  });
});

describe('a file for several scenes', () => {
  const at = (c: number, found: SceneDetections['detections'], name: string): SceneDetections => ({
    ...scene,
    name,
    georeference: { transform: { a: 10, b: 0, c, d: 0, e: -10, f: 5000000 }, epsg: 32631 },
    detections: found,
  });

  it('has an object that two of them show once: whole rather than cut, else the better', async () => {
    // The second scene starts 900 pixels further east.
    const west = at(
      500000,
      boxes([910, 50, 940, 80, 0.6, 0], [980, 200, 1000, 230, 0.9, 0], [10, 10, 40, 40, 0.5, 0]),
      'west',
    );
    const east = at(
      509000,
      boxes([11, 50, 41, 80, 0.7, 0], [80, 200, 120, 230, 0.5, 0], [10, 51, 40, 80, 0.4, 1]),
      'east',
    );
    const files = await filesOfDetections([west, east], 'geojson');
    const { features } = JSON.parse(files[0]!.content as string) as FeatureCollection;
    expect(features.map(({ properties }) => [properties.scene, properties.score])).toEqual([
      ['west', 0.5],
      ['east', 0.7],
      ['east', 0.5],
      // Another class.
      ['east', 0.4],
    ]);
  });

  it('needs one reference system, where they are to keep theirs', async () => {
    const other = { ...scene, name: 'other.tif', georeference: { ...scene.georeference!, epsg: 32632 } };
    await expect(filesOfDetections([scene, other], 'gpkg', { crs: 'source' })).rejects.toThrow(
      /port\.tif and other\.tif are in different reference systems/,
    );
  });
});
