import { basename, join } from 'node:path';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { writeModelFolder } from '../checkpoint/model-folder.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { Progress } from './checkpoint.js';
import type { RunConfig } from './run-config.js';
import { bestModelFolder } from './run-folder.js';

/** All of the model folder that a run leaves but its weights and its card, which every better epoch replaces. */
export interface BestModel extends Omit<ModelFolder, 'path' | 'weights' | 'preprocessing'> {
  /** How the model takes images, where that is not as in the folder that the run began with. */
  readonly preprocessing: Partial<ModelFolder['preprocessing']>;
  /** The card, given the title of the run and how far it is. */
  readonly card: (title: string, progress: Progress) => string;
}

/**
 * How a run keeps the weights that did best on the validation split: as a model folder in its output folder.
 * @param from the folder that the run began with
 */
export function keepBestIn(
  { out, imageSize, storage }: Pick<RunConfig, 'out' | 'imageSize' | 'storage'>,
  from: ModelFolder,
  { card, preprocessing, ...model }: BestModel,
): (weights: NamedArrays, progress: Progress) => Promise<void> {
  const seen = { ...from.preprocessing, imageSize, ...preprocessing };
  return (weights, progress) => {
    const folder = { ...model, preprocessing: seen, weights };
    return writeModelFolder(join(out, bestModelFolder), folder, card(basename(out), progress), storage);
  };
}
