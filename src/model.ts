import { basename } from 'node:path';
import { createModel } from '../models/model-config.js';
import { readModelFolder } from './checkpoint/model-folder.js';
import { resolveModel } from './checkpoint/resolve-model.js';
import { ImageClassifier } from './classifier.js';
import type { Device } from './engine/session/device.js';
import { TracedModel } from './engine/traced-model.js';

export interface LoadOptions {
  /** What computes. Default 'cpu'. */
  readonly device?: Device;
  /** CPU threads. By default one for each processor. */
  readonly threads?: number;
}

/**
 * Loads a model and makes it ready to classify.
 *
 * @param nameOrPath name of a model that comes with the package, e.g. 'land-use', or path of a model folder
 * @throws UserError naming the file and what is wrong with it; listing the names known when there is no such model
 * @example
 * const model = await loadModel('land-use');
 * const { labels } = await model.classify('scene.tif');
 * console.log(labels[0].label, labels[0].score);
 * await model.close();
 */
export async function loadModel(nameOrPath: string, options: LoadOptions = {}): Promise<ImageClassifier> {
  const { path, config, preprocessing, labels, weights } = await readModelFolder(resolveModel(nameOrPath));
  const model = createModel(config);
  const engine = await TracedModel.open(model, weights, options);
  return new ImageClassifier({ name: basename(path), labels, stride: model.stride, preprocessing, engine });
}
