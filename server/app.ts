import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { exampleImage } from '../src/example-image.js';
import { packageRoot } from '../src/package-root.js';
import type { ServerContext } from './context.js';
import { lingerThenClose } from './http/linger.js';
import { createRouter } from './http/router.js';
import { problemHandler, unknownRoute } from './problem.js';
import { requestLog } from './request-log.js';
import { allRoutes } from './routes/all-routes.js';

/** The Express application: the API, the health checks and the page at `/`. */
export function createApp(context: ServerContext): Express {
  const app = express();
  app.use(requestLog(context.logger));
  app.use(lingerThenClose);
  app.use(securityHeaders());
  app.use(createRouter(allRoutes(context, packageVersion()), { seconds: context.limits.seconds }));
  app.use(express.static(join(packageRoot(), 'server', 'public')));
  app.get('/example.jpg', (_request, response) => response.sendFile(exampleImage()));
  app.use(unknownRoute);
  app.use(problemHandler(context.logger));
  return app;
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
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
