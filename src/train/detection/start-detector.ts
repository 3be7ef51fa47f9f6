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
  /** What to build on the folder's weights; needed for the head unless the folder is a detector's. */
  readonly backbone?: DetectorConfig['backbone'];
  readonly head?: DetectionHeadConfig;
  /** Instead of the folder's, or of the default. */
  readonly suppression?: DetectorConfig['suppression'];
}

/**
 * Fits a detector to the labels of a data set: the folder's if it is one, with new score weights for other labels; else a
 * new pyramid and head on a classifier's weights.
 *
 * A detector may get another backbone or head: the weights that fit stay, others are drawn. With patches and strides times two
 * it says of an image what it said before of the image at half the size, so that it begins with objects twice as large.
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
  if (options.backbone || options.head) return refitted(folder, config, drawn);
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
    return detectorConfigSchema.parse({
      ...from,
      backbone: backbone ?? from.backbone,
      head: head ?? from.head,
      classes,
      suppression: suppression ?? from.suppression,
    });
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

/** A detector's weights in one with another backbone or head: those of the same name and shape, patches resized. */
function refitted(folder: ModelFolder, config: DetectorConfig, drawn: NamedArrays): StartDetector {
  const before = (folder.config as DetectorConfig).head.strides;
  const isNew: string[] = [];
  const arrays = Object.entries(drawn).map(([name, own]): [string, NamedArray] => {
    const found = folder.weights[nameBefore(name, config.head.strides, before)];
    // Scores are of other classes, which begin from scratch.
    const isScore = name.startsWith('predict.scores.');
    const side =
      own.shape.length === 4 && name === `${BACKBONE}layer1.0.proj.weight` ? own.shape[3] : undefined;
    const array = found && side !== undefined ? resizePatches(found, side) : found;
    if (!isScore && array && String(array.shape) === String(own.shape)) return [name, array];
    isNew.push(name);
    return [name, own];
  });
  const foreign = isNew.filter((name) => name.startsWith(BACKBONE));
  if (foreign.length > 0) {
    throw new UserError(
      `The backbone does not take the weights of ${folder.path}: ${foreign.slice(0, 3).join(', ')} would be new. Keep its ` +
        'width and heads, and no more blocks than it has.',
    );
  }
  const parts = [...new Set(isNew.map((name) => name.split('.').slice(0, 2).join('.')))].join(', ');
  return {
    config,
    weights: Object.fromEntries(arrays),
    origin: `the weights of ${folder.path} for other sizes of objects, ${parts} new`,
  };
}

/** A level keeps its weights when its stride changes: they are counted from the finest. */
function nameBefore(name: string, strides: readonly number[], before: readonly number[]): string {
  return name.replace(/^pyramid\.level(\d+)\./, (text, stride: string) => {
    const old = before[strides.indexOf(Number(stride))];
    return old === undefined ? text : `pyramid.level${old}.`;
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
