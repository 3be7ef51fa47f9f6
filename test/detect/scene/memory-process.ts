/**
 * Finds the blobs of a scene in a process of its own and prints what that took: `memory-process.ts <scene>`.
 */
import sharp from 'sharp';
import { detectScene } from '../../../src/detect/scene/detect-scene.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { BlobDetector } from './blobs.js';

// As `vil detect` does.
sharp.cache(false);
const source = await openRaster(process.argv[2]!);
// Memory for the smallest tiles.
const { detections, tileSize, tiles } = await detectScene({
  source,
  detector: new BlobDetector(),
  memoryBytes: 1e8,
  overlap: 64,
});
const peakBytes = 1024 * process.resourceUsage().maxRSS;
process.stdout.write(JSON.stringify({ peakBytes, tileSize, tiles, objects: detections.count }));
