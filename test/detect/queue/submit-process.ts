/**
 * Has the blobs of a scene found by workers, in a process of its own, to be killed:
 * `submit-process.ts <address> <scene> <model folder> <state folder> <output>`.
 */

import { writeAtomically } from '../../../src/base/write-atomically.js';
import { modelFingerprint } from '../../../src/checkpoint/model-fingerprint.js';
import { toGeoJson } from '../../../src/detect/output/geojson.js';
import { QueueRunner } from '../../../src/detect/queue/queue-runner.js';
import { connectQueueServer } from '../../../src/detect/queue/redis.js';
import { runScene } from '../../../src/detect/scene/detect-scene.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { BlobDetector } from '../scene/blobs.js';

const [address, path, model, state, out] = process.argv.slice(2) as [string, string, string, string, string];
const server = await connectQueueServer(address);
const detector = new BlobDetector();
const source = await openRaster(path);
const fingerprint = await modelFingerprint(model);
const runner = new QueueRunner({
  server,
  scene: { name: 'scene', paths: [path], fingerprint: source.fingerprint },
  model: { name: model, fingerprint },
  place: state,
  secret: process.env.VIL_QUEUE_SECRET,
  onNotice: (text) => process.stderr.write(`${text}\n`),
});
const settings = { source, detector, tileSize: 256, overlap: 64, stateFolder: state };
const { detections, tiles, resumedTiles } = await runScene(
  { ...settings, modelFingerprint: fingerprint },
  runner,
);
const { width, height } = source;
const scene = { name: 'scene', labels: detector.labels, width, height, detections };
await writeAtomically(out, JSON.stringify(toGeoJson(scene, { crs: 'pixel' })));
process.stdout.write(`${JSON.stringify({ tiles, resumedTiles })}\n`);
await server.close();
