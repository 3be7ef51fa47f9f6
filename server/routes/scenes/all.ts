import type { Route } from '../../http/route.js';
import type { SceneContext } from './common.js';
import { imageRoutes } from './images.js';
import { jobRoutes } from './jobs.js';
import { submitRoute } from './submit.js';

/** `/v1/scenes`: long jobs on images of any size. */
export function sceneRoutes(context: SceneContext): Route[] {
  return [submitRoute(context), ...jobRoutes(context), ...imageRoutes(context)];
}
