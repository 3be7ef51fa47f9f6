import { join } from 'node:path';
import type { UserError } from '../../src/base/errors.js';
import { problemOf } from '../problem.js';
import type { SceneFailure } from './scene-order.js';
import { sceneFiles } from './scene-order.js';

/**
 * What is told of an error in a job: the image by the name its sender gave it, not by where this server keeps it.
 */
export function failureOf(error: UserError, folder: string, name: string): SceneFailure {
  const { status, code, detail } = problemOf(error);
  return { status, code, detail: detail.replaceAll(join(folder, sceneFiles.image), name) };
}
