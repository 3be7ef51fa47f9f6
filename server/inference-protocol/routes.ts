import type { ServerContext } from '../context.js';
import type { Route } from '../http/route.js';
import { extensionRoutes } from './extensions.js';
import { inferRoutes } from './infer-route.js';
import { modelRoutes } from './model-routes.js';
import { serverRoutes } from './server-routes.js';

/** The Open Inference Protocol, version 2, over HTTP: what clients of KServe and Triton speak. */
export function inferenceProtocolRoutes(context: ServerContext, version: string): Route[] {
  return [
    ...serverRoutes(context, version),
    // Before the models: /v2/models/stats is no model's name.
    ...extensionRoutes(context),
    ...modelRoutes(context),
    ...inferRoutes(context),
  ];
}
