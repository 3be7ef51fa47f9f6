import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { fromColumns } from '../../src/boxes/detection-columns.js';
import { drawAttention } from '../../src/classify/attention-overlay.js';
import { quotedField } from '../../src/detect/output/csv.js';
import { drawOverview } from '../../src/detect/output/overview.js';
import { writtenScore } from '../../src/detect/output/scene-detections.js';
import { formatDetections } from '../../src/detect/output/write-detections.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import { predictionsOf } from '../models/predictions.js';
import type { SceneOrder } from './scene-order.js';
import { sceneFiles } from './scene-order.js';
import type { StoredClassification, StoredDetections } from './scene-result.js';
import { readAttention, readResult } from './scene-result.js';

export const resultFormats = ['json', 'geojson', 'coco', 'csv', 'png'] as const;
export type ResultFormat = (typeof resultFormats)[number];

/** Media types and ends of file names. */
export const formatFacts: Readonly<Record<ResultFormat, { readonly type: string; readonly ending: string }>> =
  {
    json: { type: 'application/json', ending: '.json' },
    geojson: { type: 'application/geo+json', ending: '.geojson' },
    coco: { type: 'application/json', ending: '.coco.json' },
    csv: { type: 'text/csv', ending: '.csv' },
    png: { type: 'image/png', ending: '.png' },
  };

/**
 * Writes the result of a finished job in a format.
 * @throws UserError when a classifier's result is asked for as boxes, or positions in an unknown reference system
 */
export async function formatResult(
  folder: string,
  order: SceneOrder,
  format: ResultFormat,
): Promise<string | Uint8Array> {
  const result = (await readResult(folder))!;
  return result.task === 'detect'
    ? formatBoxes(folder, order, result, format)
    : formatLabels(folder, order, result, format);
}

async function formatBoxes(
  folder: string,
  order: SceneOrder,
  result: StoredDetections,
  format: ResultFormat,
): Promise<string | Uint8Array> {
  if (format === 'json') return JSON.stringify(boxesAsJson(order, result));
  const source = await openRaster(join(folder, sceneFiles.image));
  try {
    const detections = fromColumns(result);
    if (format === 'png') return await drawOverview(source, detections);
    const { name, width, height } = order;
    const { georeference } = source;
    return formatDetections({ name, labels: result.labels, georeference, width, height, detections }, format);
  } finally {
    await source.close();
  }
}

function boxesAsJson(order: SceneOrder, result: StoredDetections) {
  const { labels, foundObjects, notes } = result;
  const predictions = predictionsOf(fromColumns(result), labels);
  return { predictions, ...envelope(order, result), labels, objects_found: foundObjects, notes };
}

async function formatLabels(
  folder: string,
  order: SceneOrder,
  result: StoredClassification,
  format: ResultFormat,
): Promise<string | Uint8Array> {
  const { predictions } = result;
  switch (format) {
    case 'json':
      return JSON.stringify({ predictions, ...envelope(order, result) });
    case 'csv': {
      const lines = predictions.map(
        ({ label, score }) => `${quotedField(order.name)},${quotedField(label)},${writtenScore(score)}`,
      );
      return ['scene,label,score', ...lines, ''].join('\r\n');
    }
    case 'png': {
      const attention = await readAttention(folder, result);
      if (attention) return drawAttention(join(folder, sceneFiles.image), attention);
      throw new UserError(`${order.model} has no global token whose attention could be drawn.`, {
        status: 400,
      });
    }
    default:
      throw new UserError(
        `${order.model} is a classifier: its result has no boxes to write as ${format}. Ask for json, csv or png.`,
        { status: 400 },
      );
  }
}

function envelope(
  { model, name, width, height }: SceneOrder,
  result: StoredDetections | StoredClassification,
) {
  const { tiles, seconds } = result;
  const look = 'look' in result ? result.look : undefined;
  return {
    model,
    name,
    image: { width, height },
    tiles,
    ...(look && { first_look: { windows: look.windows, looked_at: look.looked } }),
    timings: { total: seconds },
  };
}
