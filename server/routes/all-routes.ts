import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { classifyRoutes } from './classify.js';
import { detectRoutes } from './detect.js';
import { healthRoutes } from './health.js';
import { modelRoutes } from './models.js';
import { openApiRoute } from './openapi.js';
import { sceneRoutes } from './scenes.js';

/** Every operation of the API. */
export function allRoutes(context: ServerContext, version: string): Route[] {
  const { scenes } = context;
  const routes = [
    ...healthRoutes(context),
    ...modelRoutes(context),
    ...classifyRoutes(context),
    ...detectRoutes(context),
    ...(scenes ? sceneRoutes({ ...context, scenes }) : []),
  ];
  return [...routes, openApiRoute(routes, { version, hasKeys: false })];
}
