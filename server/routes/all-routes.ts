import type { ServerContext } from '../context.js';
import type { DocumentOptions } from '../http/openapi.js';
import type { Route } from '../http/route.js';
import { inferenceProtocolRoutes } from '../inference-protocol/routes.js';
import { classifyRoutes } from './classify.js';
import { detectRoutes } from './detect.js';
import { embedRoutes } from './embed.js';
import { healthRoutes } from './health.js';
import { metricsRoutes } from './metrics.js';
import { modelRoutes } from './models.js';
import { openApiRoute } from './openapi.js';
import { sceneRoutes } from './scenes/all.js';
import { weightRoutes } from './weights.js';

/** Every operation of the API. */
export function allRoutes(context: ServerContext, options: DocumentOptions): Route[] {
  const { scenes } = context;
  const routes = [
    ...healthRoutes(context),
    ...metricsRoutes(context),
    ...modelRoutes(context),
    ...weightRoutes(context),
    ...classifyRoutes(context),
    ...embedRoutes(context),
    ...detectRoutes(context),
    ...(scenes ? sceneRoutes({ ...context, scenes }) : []),
    ...inferenceProtocolRoutes(context, options.version),
  ];
  return [...routes, openApiRoute(routes, options)];
}
