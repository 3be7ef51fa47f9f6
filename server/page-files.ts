import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Router } from 'express';
import express from 'express';
import { exampleImage } from '../src/base/example-image.js';
import { packageRoot } from '../src/base/package-root.js';

const require = createRequire(import.meta.url);

/**
 * The files of the page at `/`: those in server/public as they are, the bundle that `npm run build` makes of
 * server/browser, the viewer's own, and the example.
 */
export function pageFiles(): Router {
  const router = express.Router();
  router.use(express.static(join(packageRoot(), 'server', 'public')));
  router.use(express.static(join(packageRoot(), 'dist', 'server', 'public')));
  const viewer = join(dirname(require.resolve('openseadragon')), 'openseadragon.min.js');
  router.get('/openseadragon.js', (_request, response) => response.sendFile(viewer, { maxAge: '1h' }));
  router.get('/example.jpg', (_request, response) => response.sendFile(exampleImage()));
  return router;
}
