import { basename } from 'node:path';
import { createModel } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { readModelFolder } from '../checkpoint/model-folder.js';
import { resolveModel } from '../checkpoint/resolve-model.js';
import { ImageClassifier } from '../classify/classifier.js';
import type { Preprocessing } from '../image/preprocessing.js';
import type { BatchingOptions } from '../runtime/batcher.js';
import { Batcher } from '../runtime/batcher.js';
import type { Device } from '../runtime/session/device.js';
import { Session } from '../runtime/session/session.js';
import { TracedModel } from '../runtime/traced-model.js';
import type { TracedDetector } from './traced-detector.js';

export interface LoadOptions {
  /** What computes. Default 'cpu'. */
  readonly device?: Device;
  /** CPU threads. By default one for each processor. */
  readonly threads?: number;
  /** [height, width] in pixels to resize every image to, instead of what the model's preprocessing says. */
  readonly imageSize?: readonly [height: number, width: number];
  /**
   * Whether threads without work wait for some in a loop rather than asleep. Default true; false for processes that have
   * other things to do, such as servers.
   */
  readonly spin?: boolean;
  /** Sizes of images that the model stays prepared for, the last used. Default 4. */
  readonly cacheSize?: number;
  /** Runs small images of one size that are classified at the same time together. By default one after another. */
  readonly batching?: BatchingOptions;
}

/**
 * Loads a model and makes it ready to classify images, or to embed them.
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
  const path = resolveModel(nameOrPath);
  return withThreadAhead(async (session) => {
    const folder = await readModelFolder(path);
    const model = createModel(folder.config);
    const { batching } = options;
    const anyBatch = batching !== undefined;
    const traced = await TracedModel.open(model, folder.weights, { ...options, anyBatch, session });
    return new ImageClassifier({
      name: basename(folder.path),
      labels: folder.tasks?.[0]?.labels ?? folder.labels,
      tasks: folder.tasks,
      stride: model.stride,
      preprocessing: preprocessingFor(folder, options.imageSize),
      runner: batching ? new Batcher(traced, batching) : traced,
    });
  });
}

/**
 * Loads a detector and makes it ready to find objects in pieces of images; whole scenes are for `detectScene`.
 *
 * @param nameOrPath name of a detector that comes with the package, e.g. 'aircraft', or path of a model folder
 * @throws UserError as `loadModel`, and when the model is no detector
 */
export async function loadDetector(nameOrPath: string, options: LoadOptions = {}): Promise<TracedDetector> {
  const path = resolveModel(nameOrPath);
  return withThreadAhead(async (session) => {
    const [folder, { TracedDetector }] = await Promise.all([
      readModelFolder(path),
      import('./traced-detector.js'),
    ]);
    const preprocessing = preprocessingFor(folder, options.imageSize);
    return TracedDetector.open({ ...folder, preprocessing }, { ...options, session });
  });
}

/** Opens a model with a session that has none yet, whose thread loads ONNX Runtime while the weights are read. */
async function withThreadAhead<Model>(open: (session: Session) => Promise<Model>): Promise<Model> {
  const session = new Session();
  try {
    return await open(session);
  } catch (error) {
    await session.close();
    throw error;
  }
}

function preprocessingFor(
  { preprocessing }: ModelFolder,
  imageSize: LoadOptions['imageSize'],
): Preprocessing {
  if (!imageSize) return preprocessing;
  return { ...preprocessing, imageSize: [...imageSize], resize: { mode: 'stretch' } };
}
