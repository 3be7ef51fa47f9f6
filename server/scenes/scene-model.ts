import type { ModelInfo } from '../models/served-model.js';
import type { SceneModel } from './job-messages.js';

/** A served model as scenes are run through it; nothing for one that is in no folder. */
export function sceneModelOf(info: ModelInfo): SceneModel | undefined {
  const { name, task, labels, folder, stride } = info;
  const grid = info.task === 'detect' ? info.grid : undefined;
  return folder === undefined ? undefined : { name, task, labels, folder, stride, grid };
}
