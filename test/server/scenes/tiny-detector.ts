import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { initialDetectorWeights } from '../../../models/initialise-detector.js';
import type { ServedModel, Task } from '../../../server/models/served-model.js';
import { writeUntrained } from '../../helpers/tiny-model.js';
import { smallDetectors } from '../../models/detector-configs.js';

/** Writes the folder of a very small untrained detector: what it finds means nothing, but depends on every pixel. */
export async function writeTinyDetector(parent: string): Promise<string> {
  const config = smallDetectors['one stage'];
  const path = join(parent, 'tiny-detector');
  await mkdir(path, { recursive: true });
  const weights = initialDetectorWeights(config, 1);
  return writeUntrained(path, { config, labels: ['car', 'lorry'], weights }, [64, 64]);
}

const refuse = () => Promise.reject(new Error('Only scenes are run through this model.'));

/** A model that only long jobs are run through, from its folder. */
export function folderModel(
  task: Task,
  folder: string,
  name: string,
  labels: readonly string[] = [],
): ServedModel {
  const facts = { name, folder, labels, stride: 32 };
  const life = { warm: async () => undefined, close: async () => undefined };
  return task === 'classify'
    ? { ...life, info: { ...facts, task }, classify: refuse, embed: refuse }
    : { ...life, info: { ...facts, task }, detect: refuse };
}
