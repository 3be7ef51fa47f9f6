import { afterAll, beforeAll, expect, it } from 'vitest';
import { seamAgreement } from '../../../scripts/scene/seam-agreement.js';
import { exampleImage } from '../../../src/base/example-image.js';
import { loadDetector } from '../../../src/detect/load.js';
import type { TracedDetector } from '../../../src/detect/traced-detector.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import type { RasterSource } from '../../../src/image/raster/raster-source.js';

let detector: TracedDetector;
let source: RasterSource;

beforeAll(async () => {
  detector = await loadDetector('aerial-vehicles', { threads: 2 });
  source = await openRaster(exampleImage());
});

afterAll(async () => {
  await source.close();
  await detector.close();
});

it('finds the cars on a seam as a run with its seams elsewhere does', async () => {
  const { objects, alike } = await seamAgreement(source, detector, { tiles: [576, 704], overlap: 256 });
  expect(objects).toBeGreaterThan(15);
  expect(alike).toBe(objects);
}, 120_000);

it('does not where tiles share too little', async () => {
  const { objects, alike } = await seamAgreement(source, detector, { tiles: [448, 560], overlap: 0 });
  expect(objects).toBeGreaterThan(4);
  expect(alike).toBeLessThan(objects);
}, 120_000);
