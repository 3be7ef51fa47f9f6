import { join } from 'node:path';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { exampleImage } from '../src/example-image.js';
import { packageRoot } from '../src/package-root.js';
import type { ClassifyContext } from './classify.js';
import { classifyRoutes } from './classify.js';
import type { Phase } from './health.js';
import { healthRoutes } from './health.js';
import { problemHandler, unknownRoute } from './problem.js';
import { requestLog } from './request-log.js';

export interface AppContext extends ClassifyContext {
  readonly phase: () => Phase;
  readonly logger: Logger;
}

/** The Express application: the API, the health checks and the page at `/`. */
export function createApp(context: AppContext): Express {
  const app = express();
  app.use(requestLog(context.logger));
  app.use(securityHeaders());
  app.use(healthRoutes(context.phase));
  app.use(classifyRoutes(context));
  app.use(express.static(join(packageRoot(), 'server', 'public')));
  app.get('/example.jpg', (_request, response) => response.sendFile(exampleImage()));
  app.use(unknownRoute);
  app.use(problemHandler(context.logger));
  return app;
}

function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        // The page shows the picture chosen (blob:) and the overlay answered (data:).
        'img-src': ["'self'", 'blob:', 'data:'],
        'style-src': ["'self'"],
        // This server speaks http; a proxy that speaks https in front of it adds what it needs.
        'upgrade-insecure-requests': null,
      },
    },
    strictTransportSecurity: false,
  });
}
