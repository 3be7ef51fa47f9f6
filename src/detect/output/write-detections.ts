import { toCoco } from './coco.js';
import { toCsv } from './csv.js';
import type { GeoJsonOptions } from './geojson.js';
import { toGeoJson } from './geojson.js';
import type { SceneDetections } from './scene-detections.js';
import { toYolo } from './yolo.js';

export const formatNames = ['geojson', 'coco', 'csv', 'yolo'] as const;

export type FormatName = (typeof formatNames)[number];

/** Ends of file names. */
export const formatEndings: Readonly<Record<FormatName, string>> = {
  geojson: '.geojson',
  coco: '.json',
  csv: '.csv',
  yolo: '.txt',
};

/**
 * The text of a file of detections.
 * @throws UserError when positions are asked for in a reference system that is not known
 */
export function formatDetections(
  scene: SceneDetections,
  format: FormatName,
  options: GeoJsonOptions = {},
): string {
  switch (format) {
    case 'geojson':
      return `${JSON.stringify(toGeoJson(scene, options))}\n`;
    case 'coco':
      return `${JSON.stringify(toCoco(scene))}\n`;
    case 'csv':
      return toCsv(scene, options);
    case 'yolo':
      return toYolo(scene);
  }
}
