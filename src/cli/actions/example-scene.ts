import { relative } from 'node:path';
import { drawOverview } from '../../detection/output/overview.js';
import { formatDetections } from '../../detection/output/write-detections.js';
import type { SceneResult } from '../../detection/scene/detect-scene.js';
import { detectScene } from '../../detection/scene/detect-scene.js';
import { exampleImage } from '../../example-image.js';
import { openRaster } from '../../image/raster/open-raster.js';
import type { LoadOptions } from '../../model.js';
import { loadDetector } from '../../model.js';
import { writeAtomically } from '../../write-atomically.js';

/** The detector that the example is a picture for. */
export const exampleDetector = 'aerial-vehicles';

const stem = 'output/munich-avenue-detections';

/**
 * Finds the vehicles in the example scene, writes them as GeoJSON and as a picture, and says so.
 * @returns lines of a name and a text
 */
export async function detectExample(
  options: Pick<LoadOptions, 'device' | 'threads'>,
): Promise<[name: string, text: string][]> {
  const path = exampleImage();
  const source = await openRaster(path);
  const detector = await loadDetector(exampleDetector, options);
  try {
    const result = await detectScene({ source, detector });
    const { width, height } = source;
    const scene = { name: relative('', path), labels: detector.labels, width, height, ...result };
    // The photograph does not say where on Earth it lies.
    await writeAtomically(`${stem}.geojson`, formatDetections(scene, 'geojson', { crs: 'pixel' }));
    await writeAtomically(`${stem}.png`, await drawOverview(source, result.detections));
    return [
      ['Scene', `${scene.name}, by ${exampleDetector}: ${result.seconds.toFixed(2)} s`],
      ...tableOf(result, detector.labels),
      ['Detections', `${stem}.geojson, ${stem}.png`],
    ];
  } finally {
    await source.close();
    await detector.close();
  }
}

/** For each label that was found how many there are and how sure they are. */
function tableOf({ detections }: SceneResult, labels: readonly string[]): [string, string][] {
  return labels.flatMap((label, index): [string, string][] => {
    const scores = detections.scores.filter((_, at) => detections.classes[at] === index);
    if (scores.length === 0) return [];
    // Best first, as scenes are merged.
    const [best, least] = [scores[0]!, scores.at(-1)!];
    return [[`  ${label}`, `${scores.length}, scores ${best.toFixed(2)} to ${least.toFixed(2)}`]];
  });
}
