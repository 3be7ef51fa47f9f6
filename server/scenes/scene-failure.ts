import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { problemOf } from '../problem.js';
import type { SceneFailure } from './scene-order.js';
import { sceneFiles } from './scene-order.js';

/**
 * What is told of an error in a job: the image by the name its sender gave it, not by where this server keeps it.
 */
export function failureOf(error: UserError, folder: string, name: string): SceneFailure {
  const image = join(folder, sceneFiles.image);
  const told = new UserError(error.message.replaceAll(image, name), { status: error.status, cause: error });
  return problemOf(told);
}
