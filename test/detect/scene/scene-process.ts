/**
 * Finds the blobs of a scene in a process of its own, to be killed:
 * `scene-process.ts <scene> <state folder> <output> <milliseconds a tile>`.
 */

import { writeAtomically } from '../../../src/base/write-atomically.js';
import { toGeoJson } from '../../../src/detect/output/geojson.js';
import { detectScene } from '../../../src/detect/scene/detect-scene.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { BlobDetector } from './blobs.js';

const [path, stateFolder, out, delay] = process.argv.slice(2) as [string, string, string, string];
const wait = () => new Promise<void>((resolve) => setTimeout(resolve, Number(delay)));
const detector = new BlobDetector(wait);
const source = await openRaster(path);
const { detections, tiles, resumedTiles } = await detectScene({
  source,
  detector,
  tileSize: 256,
  overlap: 64,
  stateFolder,
  onProgress: ({ done }) => process.stdout.write(`${done}\n`),
});
const { width, height } = source;
const scene = { name: 'scene', labels: detector.labels, width, height, detections };
await writeAtomically(out, JSON.stringify(toGeoJson(scene, { crs: 'pixel' })));
process.stdout.write(`${JSON.stringify({ tiles, resumedTiles })}\n`);
