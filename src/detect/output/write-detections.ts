import { scenesToCoco } from './coco.js';
import { toCsv } from './csv.js';
import type { GeoJsonOptions } from './geojson.js';
import { sceneCollection } from './geojson.js';
import { mergeScenes } from './merge-scenes.js';
import type { SceneDetections } from './scene-detections.js';
import type { OutputFile, VectorFormat } from './write-vectors.js';
import { vectorFiles } from './write-vectors.js';
import { toYolo } from './yolo.js';

export const formatNames = ['geojson', 'coco', 'csv', 'yolo'] as const;

/** Formats that are text. */
export type FormatName = (typeof formatNames)[number];

/** All formats that detections are written in. */
export type OutputFormat = FormatName | VectorFormat;

/** Ends of file names. */
export const formatEndings: Readonly<Record<OutputFormat, string>> = {
  geojson: '.geojson',
  coco: '.json',
  csv: '.csv',
  yolo: '.txt',
  gpkg: '.gpkg',
  flatgeobuf: '.fgb',
  parquet: '.parquet',
  shapefile: '.shp',
  kml: '.kml',
};

export function isTextFormat(format: OutputFormat): format is FormatName {
  return (formatNames as readonly string[]).includes(format);
}

/**
 * The text of a file of detections.
 * @throws UserError when positions are asked for in a reference system that is not known
 */
export function formatDetections(
  scene: SceneDetections,
  format: FormatName,
  options: GeoJsonOptions = {},
): string {
  return textOf([scene], format, options);
}

export interface WriteOptions extends GeoJsonOptions {
  /** Id of the first image in COCO's format. Default 1. */
  readonly firstImage?: number;
}

/**
 * The files of the detections of one scene or several.
 *
 * In formats of things on Earth, objects that neighbouring scenes have both seen are in it once. In COCO's format each
 * scene is an image with all its own.
 * @throws UserError when positions are asked for that are not known, or a format cannot hold them
 */
export async function filesOfDetections(
  scenes: readonly SceneDetections[],
  format: OutputFormat,
  options: WriteOptions = {},
): Promise<OutputFile[]> {
  const isOnEarth = format !== 'coco' && format !== 'yolo' && options.crs !== 'pixel';
  const merged = isOnEarth ? mergeScenes(scenes, options.sourceCrs) : scenes;
  if (!isTextFormat(format)) return vectorFiles(merged, format, options);
  return [{ ending: formatEndings[format], content: textOf(merged, format, options) }];
}

function textOf(scenes: readonly SceneDetections[], format: FormatName, options: WriteOptions): string {
  switch (format) {
    case 'geojson':
      return `${JSON.stringify(sceneCollection(scenes, options))}\n`;
    case 'coco':
      return `${JSON.stringify(scenesToCoco(scenes, options.firstImage))}\n`;
    case 'csv':
      return scenesToCsv(scenes, options);
    case 'yolo':
      return scenes.map(toYolo).join('');
  }
}

/** Tables one below the other, where they have the same columns; otherwise those without places leave theirs empty. */
function scenesToCsv(scenes: readonly SceneDetections[], options: GeoJsonOptions): string {
  const tables = scenes.map((scene) => toCsv(scene, options).trimEnd().split('\r\n'));
  const headers = tables.map(([header]) => header!);
  const widest = headers.reduce((best, header) => (header.length > best.length ? header : best), '');
  const columns = widest.split(',').length;
  const rows = tables.flatMap(([header, ...lines]) => {
    const missing = columns - header!.split(',').length;
    return lines.map((line) => line + ','.repeat(missing));
  });
  return `${[widest, ...rows].join('\r\n')}\r\n`;
}
