import { basename } from 'node:path';
import { holdsDetector } from '../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../src/checkpoint/resolve-model.js';
import { loadDetector, loadModel } from '../../src/model.js';
import { LocalClassifier } from './local-classifier.js';
import { LocalDetector } from './local-detector.js';
import type { ModelSettings } from './model-messages.js';
import type { ServedModel } from './served-model.js';

/**
 * Loads a classifier or a detector, whichever the folder holds, into the thread that asks for it.
 * @param onBatch called with the number of images of each batch
 * @throws UserError as `loadModel` does
 */
export async function loadLocal(
  { model, device, threads, batching }: ModelSettings,
  onBatch?: (images: number) => void,
): Promise<ServedModel> {
  const folder = resolveModel(model);
  if (await holdsDetector(folder)) {
    return new LocalDetector(basename(folder), await loadDetector(folder, { device, threads }), folder);
  }
  const options = { device, threads, batching: batching && { ...batching, onBatch } };
  return new LocalClassifier(await loadModel(folder, options), folder);
}
