import { join } from 'node:path';
import type { Router } from 'express';
import express from 'express';
import { exampleImage } from '../src/base/example-image.js';
import { packageRoot } from '../src/base/package-root.js';

/** What the page runs where nothing has been built: it would stay empty in silence otherwise. */
const unbuiltPage = `document.getElementById('alert').textContent =
  'The code of this page has not been built. Run "npm run build" in the folder of the server, and load it again.';
`;

/**
 * The files of the page at `/`: those in server/public as they are, the code that `npm run build` bundles from
 * server/browser, and the example.
 */
export function pageFiles(): Router {
  const router = express.Router();
  router.use(express.static(join(packageRoot(), 'server', 'public')));
  router.use(express.static(join(packageRoot(), 'dist', 'server', 'public')));
  router.get('/page.js', (_request, response) => response.type('text/javascript').send(unbuiltPage));
  router.get('/example.jpg', (_request, response) => response.sendFile(exampleImage()));
  return router;
}
