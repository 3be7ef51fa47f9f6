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
  /** Of a detector: which images chose the threshold. */
  readonly chosenOn?: string;
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
  { card, preprocessing, chosenOn, ...model }: BestModel,
): (weights: NamedArrays, progress: Progress) => Promise<void> {
  const seen = { ...from.preprocessing, imageSize, ...preprocessing };
  return (weights, progress) => {
    const operatingPoint = chosenOn === undefined ? undefined : pointOf(progress, chosenOn);
    const folder = { ...model, preprocessing: seen, operatingPoint, weights };
    return writeModelFolder(join(out, bestModelFolder), folder, card(basename(out), progress), storage);
  };
}

function pointOf({ best }: Progress, chosenOn: string): ModelFolder['operatingPoint'] {
  if (!best?.operatingPoint) return undefined;
  const { threshold, precision, recall } = best.operatingPoint;
  return { threshold, precision, recall, chosenOn };
}
