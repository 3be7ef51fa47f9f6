import { BACKBONE, detectorModel } from '../../../models/detector.js';
import type { DetectionHeadConfig, DetectorConfig } from '../../../models/detector-config.js';
import { detectorConfigSchema } from '../../../models/detector-config.js';
import { initialDetectorWeights } from '../../../models/initialise-detector.js';
import type { ModelConfig } from '../../../models/model-config.js';
import { parameterShapesOf } from '../../../models/model-config.js';
import { UserError } from '../../base/errors.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { resizePatches } from '../../checkpoint/resize-patches.js';
import { vitToLongformer } from '../../checkpoint/vit-to-longformer.js';
import type { NamedArray, NamedArrays } from '../../tensor/named-arrays.js';

/** What a detection run starts from. */
export interface StartDetector {
  readonly config: DetectorConfig;
  readonly weights: NamedArrays;
  /** Where the weights come from, for the log and the card. */
  readonly origin: string;
}

export interface StartDetectorOptions {
  readonly weights: 'pretrained' | 'random';
  readonly seed: number;
  /** Needed unless the folder is a detector's: what to build on the folder's weights. */
  readonly backbone?: DetectorConfig['backbone'];
  readonly head?: DetectionHeadConfig;
  /** Instead of the folder's, or of the default. */
  readonly suppression?: DetectorConfig['suppression'];
}

/**
 * Fits a detector to the labels of a data set: the folder's if it is one, with new score weights for other labels; else a
 * new pyramid and head on a classifier's weights.
 *
 * The backbone may have fewer blocks than the classifier, and patches of another size; a ViT's weights become those of a
 * Vision Longformer of one stage where the backbone is one.
 *
 * @throws UserError when backbone or head are missing, or the folder's weights do not fit the backbone
 */
export function startDetector(
  folder: ModelFolder,
  labels: readonly string[],
  options: StartDetectorOptions,
): StartDetector {
  const config = detectorConfigFor(folder.config, labels.length, options);
  const drawn = initialDetectorWeights(config, options.seed);
  if (options.weights === 'random') {
    return { config, weights: drawn, origin: `random weights (seed ${options.seed})` };
  }
  if (folder.config.type !== 'detector') {
    const weights = withBackbone(drawn, config, folder);
    return { config, weights, origin: `a new pyramid and head on the weights of ${folder.path}` };
  }
  const isSame = String(folder.labels) === String(labels);
  const scores = Object.entries(drawn).filter(([name]) => name.startsWith('predict.scores.'));
  const weights = isSame ? folder.weights : { ...folder.weights, ...Object.fromEntries(scores) };
  return { config, weights, origin: `the weights of ${folder.path}${isSame ? '' : ', with new scores'}` };
}

function detectorConfigFor(
  from: ModelConfig,
  classes: number,
  { backbone, head, suppression }: StartDetectorOptions,
): DetectorConfig {
  if (from.type === 'detector') {
    if (backbone || head) throw new UserError('A detector brings its own backbone and head: leave them out.');
    return { ...from, classes, suppression: suppression ?? from.suppression };
  }
  if (!head) {
    throw new UserError('`model` is a classifier: the configuration has to say what `head` to put on it.');
  }
  return detectorConfigSchema.parse({
    type: 'detector',
    backbone: backbone ?? from,
    head,
    classes,
    suppression,
  });
}

function withBackbone(drawn: NamedArrays, config: DetectorConfig, folder: ModelFolder): NamedArrays {
  const source = sourceWeights(config, folder);
  const width = String(source['norm.weight']?.shape);
  const shapes = detectorModel(config).parameterShapes;
  const arrays = Object.entries(shapes).map(([name, shape]): [string, NamedArray] => {
    const norm = /^pyramid\.norm\d+\.(weight|bias)$/.exec(name);
    if (norm) return [name, String(shape) === width ? source[`norm.${norm[1]}`]! : drawn[name]!];
    if (!name.startsWith(BACKBONE)) return [name, drawn[name]!];
    return [name, fitted(source, name.slice(BACKBONE.length), shape, folder.path)];
  });
  return Object.fromEntries(arrays);
}

function sourceWeights({ backbone }: DetectorConfig, { config, weights }: ModelFolder): NamedArrays {
  if (config.type !== 'vit' || backbone.type !== 'vil') return weights;
  const isWindowed = parameterShapesOf(backbone)['layer1.1.attn.query.weight'] !== undefined;
  const { shareGlobalProjections } = backbone;
  return vitToLongformer(
    { config, weights },
    {
      window: isWindowed ? 7 : undefined,
      shareGlobalProjections,
    },
  ).weights;
}

function fitted(source: NamedArrays, name: string, shape: readonly number[], path: string): NamedArray {
  const found = source[name];
  if (!found) throw new UserError(`${path} has no weight ${name}, which the backbone needs.`);
  const isPatches = shape.length === 4 && name.endsWith('proj.weight');
  const array = isPatches ? resizePatches(found, shape[3]!) : found;
  if (String(array.shape) === String(shape)) return array;
  throw new UserError(`${path}: ${name} has shape [${found.shape}], the backbone needs [${shape}].`);
}
