import { UserError } from '../../base/errors.js';
import type { FeatureCollection, GeoJsonOptions } from './geojson.js';
import { sceneCollection } from './geojson.js';
import { toGeoParquet } from './geoparquet.js';
import { qgisStyle } from './qgis-style.js';
import type { SceneDetections } from './scene-detections.js';
import { requireGdal, translateVectors } from './translate-vectors.js';

/** Files for geographic information systems. */
export type VectorFormat = 'gpkg' | 'flatgeobuf' | 'parquet' | 'shapefile' | 'kml';

/** A file to be written, by the ending that replaces that of the output: shapefiles are of several. */
export interface OutputFile {
  readonly ending: string;
  readonly content: string | Uint8Array;
}

/** How ogr2ogr writes each, and which files that makes. */
const drivers = {
  gpkg: { title: 'GeoPackage', endings: ['.gpkg'], args: ['-f', 'GPKG', '-nlt', 'PROMOTE_TO_MULTI'] },
  flatgeobuf: {
    title: 'FlatGeobuf',
    endings: ['.fgb'],
    args: ['-f', 'FlatGeobuf', '-nlt', 'PROMOTE_TO_MULTI'],
  },
  shapefile: {
    title: 'Shapefile',
    endings: ['.shp', '.shx', '.dbf', '.prj', '.cpg'],
    args: ['-f', 'ESRI Shapefile', '-nlt', 'POLYGON', '-lco', 'ENCODING=UTF-8'],
  },
  kml: { title: 'KML', endings: ['.kml'], args: ['-f', 'KML', '-dsco', 'NameField=label'] },
} as const;

const layer = 'objects';

/**
 * Finds out before the work that a format cannot be written.
 * @throws UserError when what writes it is not installed, or it cannot hold such coordinates
 */
export function checkVectorFormat(format: VectorFormat, { crs = 'wgs84' }: GeoJsonOptions): void {
  if (format !== 'parquet') requireGdal(drivers[format].title);
  if (crs === 'wgs84' || (format !== 'kml' && format !== 'parquet')) return;
  const title = format === 'kml' ? 'KML' : 'GeoParquet';
  throw new UserError(
    `${title} is written in longitude and latitude: leave out --crs, or write a GeoPackage.`,
  );
}

/**
 * A polygon for each object, with label, class, score, angle, scene and the box in pixels of the scene.
 * A GeoPackage has a table of styles too, by which QGIS draws it at once.
 * @throws UserError when a scene does not say where it lies, or scenes are of different systems that are to be kept
 */
export async function vectorFiles(
  scenes: readonly SceneDetections[],
  format: VectorFormat,
  options: GeoJsonOptions,
): Promise<OutputFile[]> {
  checkVectorFormat(format, options);
  const collection = sceneCollection(scenes, options);
  const lost = collection.features.find(({ geometry }) => geometry === null);
  if (lost) {
    throw new UserError(
      `${lost.properties.scene} does not say where on Earth it lies. Write pixels as coordinates with --crs pixel.`,
    );
  }
  if (format === 'parquet') return [{ ending: '.parquet', content: await toGeoParquet(collection) }];
  return byGdal(flattened(collection), format, scenes[0]?.labels ?? [], options);
}

/** Tables have no lists: the box becomes four columns. */
function flattened(collection: FeatureCollection): string {
  const features = collection.features.map(({ properties, ...feature }) => {
    const { box, ...rest } = properties;
    const [xmin, ymin, xmax, ymax] = box;
    return { ...feature, properties: { ...rest, xmin, ymin, xmax, ymax } };
  });
  return JSON.stringify({ ...collection, features });
}

async function byGdal(
  collection: string,
  format: Exclude<VectorFormat, 'parquet'>,
  labels: readonly string[],
  { crs }: GeoJsonOptions,
): Promise<OutputFile[]> {
  const { endings, args } = drivers[format];
  const names = endings.map((ending) => `${layer}${ending}`);
  const isStyled = format === 'gpkg';
  // Otherwise GDAL takes GeoJSON for longitudes and latitudes.
  const system = crs === 'pixel' ? ['-a_srs', 'NONE'] : [];
  const answer = await translateVectors({
    inputs: { 'objects.geojson': collection, ...(isStyled ? { 'style.geojson': styleTable(labels) } : {}) },
    steps: [
      { from: 'objects.geojson', to: names[0]!, args: [...args, '-nln', layer, ...system] },
      ...(isStyled ? [{ from: 'style.geojson', to: names[0]!, args: styleArgs }] : []),
    ],
    outputs: names,
  });
  return endings.flatMap((ending, index) => {
    const content = answer[names[index]!];
    return content ? [{ ending, content }] : [];
  });
}

const styleArgs = [
  '-f',
  'GPKG',
  '-update',
  '-append',
  '-nln',
  'layer_styles',
  '-nlt',
  'NONE',
  '-lco',
  'FID=id',
];

/** A row of the table that QGIS looks for styles in, as GeoJSON without geometry. */
function styleTable(labels: readonly string[]): string {
  const properties = {
    f_table_catalog: '',
    f_table_schema: '',
    f_table_name: layer,
    f_geometry_column: 'geom',
    styleName: 'classes',
    styleQML: qgisStyle(labels),
    styleSLD: '',
    useAsDefault: true,
    description: 'Outlines of the objects, a colour for each class',
    owner: '',
    ui: null,
    update_time: new Date().toISOString(),
  };
  return JSON.stringify({
    type: 'FeatureCollection',
    features: [{ type: 'Feature', geometry: null, properties }],
  });
}
