import express, { type Express } from 'express';
import helmet from 'helmet';
import { packageVersion } from '../src/base/package-root.js';
import { allowOrigins, askForKey, limitRate } from './access/guards.js';
import type { KeyRing } from './access/key-ring.js';
import type { ServerContext } from './context.js';
import { answerHalfClosed } from './http/half-closed.js';
import { lingerThenClose } from './http/linger.js';
import { requireHost } from './http/require-host.js';
import { createRouter } from './http/router.js';
import { pageFiles } from './page-files.js';
import { problemHandler, unknownRoute } from './problem.js';
import { requestLog } from './request-log.js';
import { allRoutes } from './routes/all-routes.js';

/** Who may use the API, and how much. */
export interface AccessOptions {
  /** Keys that are accepted; without any, none is asked for. */
  readonly keys?: () => KeyRing;
  /** Requests a minute of each key, or of each address where there are no keys. Unbounded by default. */
  readonly requestsPerMinute?: number;
  /** Origins whose pages may use the API; `*` for all. None by default. */
  readonly origins?: readonly string[];
  /** Proxies in front of the server whose word about the client's address is believed. Default 0. */
  readonly proxies?: number;
}

/** The Express application: the API, the health checks and the page at `/`. */
export function createApp(context: ServerContext, access: AccessOptions = {}): Express {
  const { keys, requestsPerMinute, origins = [], proxies = 0 } = access;
  const { logger, metrics, limits, lifecycle } = context;
  const app = express();
  app.set('trust proxy', proxies);
  app.use(requestLog(logger, metrics));
  app.use(lingerThenClose);
  app.use(answerHalfClosed);
  app.use(requireHost);
  app.use(securityHeaders());
  if (origins.length > 0) app.use(allowOrigins(origins));
  const guards = [];
  if (keys) guards.push(askForKey(keys));
  // Without a limit for all, keys may still have limits of their own.
  if (keys || requestsPerMinute !== undefined) {
    guards.push(limitRate(requestsPerMinute ?? Number.MAX_SAFE_INTEGER));
  }
  const routes = allRoutes(context, { version: packageVersion(), hasKeys: keys !== undefined });
  app.use(createRouter(routes, { guards, seconds: limits.seconds, cut: lifecycle.cut }));
  app.use(pageFiles());
  app.use(unknownRoute);
  app.use(problemHandler(logger));
  return app;
}

function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        // The page shows the image chosen (blob:) and the overlay answered (data:).
        'img-src': ["'self'", 'blob:', 'data:'],
        'style-src': ["'self'"],
        // This server speaks http; a proxy that speaks https in front of it adds what it needs.
        'upgrade-insecure-requests': null,
      },
    },
    strictTransportSecurity: false,
  });
}
