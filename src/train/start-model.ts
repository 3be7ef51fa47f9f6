import { initialWeights } from '../../models/initialise.js';
import type { ModelConfig } from '../../models/model-config.js';
import { createModel } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import type { NamedArrays } from '../tensor/named-arrays.js';

/** What a run starts from. */
export interface StartModel {
  readonly config: ModelConfig;
  readonly weights: NamedArrays;
  /** Where the weights come from, for the log and the card. */
  readonly origin: string;
}

/**
 * Fits a model to the classes of a data set.
 *
 * The weights are the folder's, or drawn anew when a run starts from random ones. A model that was trained for other
 * classes, or for the same ones in another order, gets a new head.
 *
 * @param classes names, in the order of the data set's labels
 * @param seed for the weights that are drawn
 */
export function startModel(
  folder: ModelFolder,
  classes: readonly string[],
  options: { readonly weights: 'pretrained' | 'random'; readonly seed: number },
): StartModel {
  const config = { ...folder.config, classes: classes.length };
  const drawn = initialWeights(createModel(config), options.seed);
  if (options.weights === 'random') {
    return { config, weights: drawn, origin: `random weights (seed ${options.seed})` };
  }
  if (sameClasses(folder.labels, classes)) {
    return { config, weights: folder.weights, origin: `all weights of ${folder.path}` };
  }
  const head = Object.entries(drawn).filter(([name]) => name.startsWith('head.'));
  return {
    config,
    weights: { ...folder.weights, ...Object.fromEntries(head) },
    origin: `the weights of ${folder.path} with a new head: ${classes.length} classes instead of its ${folder.labels.length}`,
  };
}

function sameClasses(labels: readonly string[], classes: readonly string[]): boolean {
  return labels.length === classes.length && labels.every((label, index) => label === classes[index]);
}
