import { UserError } from '../../base/errors.js';
import type { FeatureCollection } from './geojson.js';
import { toWkb } from './wkb.js';

/**
 * A GeoParquet file, version 1.1: geometries as well-known binary, longitude and latitude (OGC:CRS84).
 * @throws UserError when hyparquet-writer is not installed
 */
export async function toGeoParquet({ features }: FeatureCollection): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await loadWriter();
  const column = <Value>(value: (feature: FeatureCollection['features'][number]) => Value) =>
    features.map(value);
  const box = (side: number) => column(({ properties }) => properties.box[side]!);
  const isOriented = features.some(({ properties }) => properties.angle !== undefined);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'geometry', data: column(({ geometry }) => geometry && toWkb(geometry)), type: 'BYTE_ARRAY' },
      { name: 'label', data: column(({ properties }) => properties.label), type: 'STRING' },
      { name: 'class', data: column(({ properties }) => properties.class), type: 'INT32' },
      { name: 'score', data: column(({ properties }) => properties.score), type: 'DOUBLE' },
      ...(isOriented
        ? [{ name: 'angle', data: column(({ properties }) => properties.angle), type: 'DOUBLE' as const }]
        : []),
      { name: 'scene', data: column(({ properties }) => properties.scene), type: 'STRING' },
      ...['xmin', 'ymin', 'xmax', 'ymax'].map((name, side) => {
        return { name, data: box(side), type: 'DOUBLE' as const };
      }),
    ],
    kvMetadata: [{ key: 'geo', value: JSON.stringify(description(features)) }],
  });
  return new Uint8Array(buffer);
}

function description(features: FeatureCollection['features']) {
  const geometries = features.flatMap(({ geometry }) => geometry ?? []);
  const positions = geometries.flatMap(({ coordinates }) => coordinates.flat(3) as number[]);
  const [xs, ys] = [0, 1].map((axis) => positions.filter((_, at) => at % 2 === axis)) as [number[], number[]];
  const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const bbox = positions.length > 0 ? [least(xs), least(ys), most(xs), most(ys)] : undefined;
  const geometry_types = [...new Set(geometries.map(({ type }) => type))].sort();
  return {
    version: '1.1.0',
    primary_column: 'geometry',
    columns: { geometry: { encoding: 'WKB', geometry_types, bbox } },
  };
}

async function loadWriter(): Promise<typeof import('hyparquet-writer')> {
  return import('hyparquet-writer').catch((cause: unknown) => {
    throw new UserError(
      'GeoParquet is written by the optional package hyparquet-writer, which is not installed: npm install hyparquet-writer.',
      { cause },
    );
  });
}
