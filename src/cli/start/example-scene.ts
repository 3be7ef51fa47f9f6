import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { withHeader } from '../../../server/models/encoded.js';
import type { ServedModel } from '../../../server/models/served-model.js';
import { does } from '../../../server/models/served-model.js';
import { exampleImage } from '../../base/example-image.js';
import { writeAtomically } from '../../base/write-atomically.js';
import { detectionColumnsSchema, fromColumns } from '../../boxes/detection-columns.js';
import type { Detections } from '../../boxes/detections.js';
import { drawOverview } from '../../detect/output/overview.js';
import { formatDetections } from '../../detect/output/write-detections.js';
import { openRaster } from '../../image/raster/open-raster.js';

/** The detector that the example is an image for. */
export const exampleDetector = 'aerial-vehicles';

const stem = 'output/munich-avenue-detections';

/**
 * Finds the vehicles in the example scene, writes them as GeoJSON and as an image, and says so.
 * @returns lines of a name and a text
 */
export async function detectExample(model: ServedModel): Promise<[name: string, text: string][]> {
  if (!does(model, 'detect')) throw new Error(`${model.info.name} is there to classify`);
  const path = exampleImage();
  const image = await withHeader(await readFile(path));
  const started = performance.now();
  const request = { format: 'columns', name: path } as const;
  const { width, height, body } = await model.detect(image, request, new AbortController().signal);
  const seconds = (performance.now() - started) / 1000;
  const detections = fromColumns(detectionColumnsSchema.parse(JSON.parse(Buffer.from(body).toString())));
  const { labels } = model.info;
  const scene = { name: relative('', path), labels, width, height, detections };
  // The photograph does not say where on Earth it lies.
  await writeAtomically(`${stem}.geojson`, formatDetections(scene, 'geojson', { crs: 'pixel' }));
  const source = await openRaster(path);
  try {
    await writeAtomically(`${stem}.png`, await drawOverview(source, detections));
  } finally {
    await source.close();
  }
  return [
    ['Scene', `${scene.name}, by ${model.info.name}: ${seconds.toFixed(2)} s`],
    ...tableOf(detections, labels),
    ['Detections', `${stem}.geojson, ${stem}.png`],
  ];
}

/** For each label that was found how many there are and how sure they are. */
function tableOf(detections: Detections, labels: readonly string[]): [string, string][] {
  return labels.flatMap((label, index): [string, string][] => {
    const scores = detections.scores.filter((_, at) => detections.classes[at] === index);
    if (scores.length === 0) return [];
    // Best first, as scenes are merged.
    const [best, least] = [scores[0]!, scores.at(-1)!];
    return [[`  ${label}`, `${scores.length}, scores ${best.toFixed(2)} to ${least.toFixed(2)}`]];
  });
}
