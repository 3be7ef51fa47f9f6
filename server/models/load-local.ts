import { basename } from 'node:path';
import { readDescription } from '../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../src/checkpoint/resolve-model.js';
import { loadDetector, loadModel } from '../../src/detect/load.js';
import { LocalClassifier } from './local-classifier.js';
import { LocalDetector } from './local-detector.js';
import type { ModelSettings } from './model-messages.js';
import type { ServedModel } from './served-model.js';

/**
 * Sizes of images that a classifier stays prepared for. Being prepared again costs a hundred times what a small image
 * does, and clients of one server send images of several sizes.
 */
const cacheSize = 12;

/**
 * Loads a classifier or a detector, whichever the folder holds, into the process that asks for it.
 * @param onBatch called with the number of images of each batch
 * @throws UserError as `loadModel` does
 */
export async function loadLocal(
  { model, device, threads, batching, temp }: ModelSettings,
  onBatch?: (images: number) => void,
): Promise<ServedModel> {
  const folder = resolveModel(model);
  const { config, gsd, operatingPoint, about } = await readDescription(folder);
  const card = { gsd, operatingPoint, about };
  if (config.type === 'detector') {
    const detector = await loadDetector(folder, { device, threads, spin: false });
    return new LocalDetector(basename(folder), detector, folder, temp, card);
  }
  const options = { device, threads, spin: false, cacheSize, batching: batching && { ...batching, onBatch } };
  return new LocalClassifier(await loadModel(folder, options), folder, card);
}
