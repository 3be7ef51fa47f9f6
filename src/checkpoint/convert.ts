import { parseArchitecture } from '../../models/architecture.js';
import { initialWeights } from '../../models/initialise.js';
import type { ClassifierConfig } from '../../models/model-config.js';
import { createModel } from '../../models/model-config.js';
import { UserError } from '../base/errors.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { centreCrop } from '../image/preprocessing.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { checkWeights } from './check-weights.js';
import type { CompanionConfig } from './companion-config.js';
import { readCompanionConfig } from './companion-config.js';
import { refuseFamilies } from './families.js';
import { foldQueryScale } from './fold-query-scale.js';
import { imagenetLabels } from './imagenet-labels.js';
import type { ModelFolder } from './model-folder.js';
import { isModelFolder, readDescription } from './model-folder.js';
import { isOfficialCheckpoint, readOfficialCheckpoint } from './official-longformer.js';
import { readCheckpoint } from './read-checkpoint.js';
import { resizeTables } from './resize-tables.js';
import type { TransformerCheckpoint } from './transformer-checkpoint.js';
import { readTransformer } from './transformer-checkpoint.js';
import { familyOf } from './transformer-family.js';
import { isTransformer, nameTransformer } from './transformer-names.js';
import { isPlain, toPlainVit } from './vit-checkpoint.js';
import { transformerToLongformer } from './vit-to-longformer.js';

export interface ConversionOptions {
  /** Architecture of a Vision Longformer in the paper's notation; absent: inferred. */
  readonly arch?: string;
  /** Heads of a vision transformer; absent: those of its config.json or of the published model of its width. */
  readonly heads?: number;
  /** Side of a chunk: turns a vision transformer into a windowed model. Absent: the architecture stays. */
  readonly window?: number;
  /** See `WindowingOptions`. */
  readonly shareGlobalProjections?: boolean;
  /** Height and width in pixels that the model is to be used at. */
  readonly imageSize?: readonly [number, number];
  /** Class names; absent: those of its config.json, ImageNet's for 1,000 classes, else numbers. */
  readonly labels?: readonly string[];
  /** A model of features, without a classifier. */
  readonly features?: boolean;
  /** Replaces the classifier by an untrained one for `labels`, drawn from this seed. */
  readonly newHeadSeed?: number;
  /** Channel statistics; absent: those beside it, or that its kind is usually trained with. */
  readonly mean?: Preprocessing['mean'];
  readonly std?: Preprocessing['std'];
}

/** All of a model folder; conversions make classifiers. */
export interface ConvertedModel extends Omit<ModelFolder, 'path'> {
  readonly config: ClassifierConfig;
}

/** A converted model and what the person should know about the conversion. */
export interface Conversion {
  readonly model: ConvertedModel;
  readonly notes: readonly string[];
}

interface Converted {
  readonly config: ClassifierConfig;
  readonly weights: NamedArrays;
  readonly preprocessing: Preprocessing;
  readonly notes: readonly string[];
  /** Of a transformer. */
  readonly family?: string;
}

/**
 * Converts a checkpoint, a file or a folder of Hugging Face, to a model: an official Vision Longformer, or a plain vision
 * transformer (under the names of timm, Hugging Face, torchvision or mmpretrain), which stays one unless a window is given.
 * @throws UserError when the file is malformed, is of another kind, or does not fit the options
 */
export async function convertCheckpoint(path: string, options: ConversionOptions = {}): Promise<Conversion> {
  await refuseModelFolder(path);
  const companion = await readCompanionConfig(path);
  const checkpoint = await readCheckpoint(path);
  const converted = scaleQueries(convertTensors(checkpoint.weights, path, options, companion), companion);
  // Checked before the head is replaced, so that what is said of the file is true of the file.
  checkWeights(converted.weights, createModel(converted.config).parameterShapes, path);
  const preprocessing = choosePreprocessing(converted, options, companion);
  const { config, weights, notes } = replaceHead(withoutHead(converted, options), options);
  const { labels, note } = chooseLabels(config.classes, path, options.labels, companion.labels);
  const isGuess = converted.family !== undefined && !options.mean && !companion.mean;
  const guess = isGuess ? [normalisationNote(converted.family!, preprocessing)] : [];
  const said = [...checkpoint.notes, ...guess, ...notes, ...note];
  return { model: { config, weights, labels, preprocessing }, notes: said };
}

function normalisationNote(family: string, { mean, std }: Preprocessing): string {
  return (
    `Channels are normalised as is usual for a ${family}, with mean ${mean.join(', ')} and deviation ${std.join(', ')}; ` +
    'give others with --mean and --std.'
  );
}

async function refuseModelFolder(path: string): Promise<void> {
  const isOne =
    isModelFolder(path) &&
    (await readDescription(path).then(
      () => true,
      () => false,
    ));
  if (!isOne) return;
  throw new UserError(`${path} is a model folder already: every command takes it as --model.`);
}

/** What the files beside it say, computed by weights that include it. */
function scaleQueries(converted: Converted, { queryScale }: CompanionConfig): Converted {
  if (queryScale === undefined) return converted;
  const { config } = converted;
  const stages = config.type === 'vil' ? parseArchitecture(config.arch) : [config];
  const factorOf = (name: string) => {
    const stage = stages[Number(/^layer(\d+)\./.exec(name)?.[1] ?? 1) - 1]!;
    return queryScale * Math.sqrt(stage.width / stage.heads);
  };
  const note = `Queries are scaled by ${queryScale} (qk_scale): their weights were multiplied accordingly.`;
  const weights = foldQueryScale(converted.weights, factorOf);
  return { ...converted, weights, notes: [...converted.notes, note] };
}

function convertTensors(
  tensors: NamedArrays,
  path: string,
  options: ConversionOptions,
  companion: CompanionConfig,
): Converted {
  const names = Object.keys(tensors);
  if (isOfficialCheckpoint(names)) return convertOfficial(tensors, path, options);
  refuseFamilies(names, path);
  if (isTransformer(names)) return convertVit(tensors, path, options, companion);
  throw new UserError(
    `${path} is neither a Vision Longformer (layer1.0.proj.weight) nor a vision transformer (patch_embed.proj.weight): ` +
      `its ${names.length} tensors are ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', ...' : ''}`,
  );
}

/** What the person says, then what the files beside the checkpoint say, then what is usual. */
function choosePreprocessing(
  { preprocessing: usual, config }: Converted,
  options: ConversionOptions,
  companion: CompanionConfig,
): Preprocessing {
  const cropped = companion.cropShare ? centreCrop(config.imageSize, companion.cropShare, 'half') : usual;
  return {
    ...usual,
    mean: options.mean ?? companion.mean ?? usual.mean,
    std: options.std ?? companion.std ?? usual.std,
    resize: companion.isStretched ? { mode: 'stretch' } : cropped.resize,
  };
}

function convertOfficial(tensors: NamedArrays, path: string, options: ConversionOptions): Converted {
  if (options.window !== undefined) {
    throw new UserError(
      `${path} is a Vision Longformer already; change its windows with --arch instead of --window.`,
    );
  }
  const { config, weights, notes } = readOfficialCheckpoint(tensors, path, options);
  // The original code crops 0.875 of the image at 224 pixels and 0.922 at 384.
  const cropShare = config.imageSize[0] >= 384 ? 0.922 : 0.875;
  return { config, weights, notes, preprocessing: centreCrop(config.imageSize, cropShare, 'imagenet') };
}

function convertVit(
  tensors: NamedArrays,
  path: string,
  options: ConversionOptions,
  companion: CompanionConfig,
): Converted {
  if (options.arch !== undefined) {
    throw new UserError(
      `${path} is a plain vision transformer; make it a windowed model with --window, not --arch.`,
    );
  }
  const { heads = companion.heads } = options;
  const named = nameTransformer(tensors);
  const facts = { ...companion, heads };
  const family = familyOf(named.tensors, facts);
  const original = readTransformer(named, family, facts, path);
  checkHead(original, path, options);
  const { imageSize = original.imageSize } = options;
  const transformer = resizeTables(original, imageSize);
  const notes = [...original.notes];
  if (transformer !== original && transformer.hasTable) {
    notes.push(`The table of positions was interpolated to ${imageSize.join(' x ')} pixels.`);
  }
  const plain = isPlain(transformer);
  if (plain && transformer.parts.epsilon < 1e-6) {
    notes.push(
      `Layer norms add 1e-6 here instead of ${transformer.parts.epsilon}: results differ by rounding.`,
    );
  }
  const usual = plain ? { ...transformer, parts: { ...transformer.parts, epsilon: 1e-6 } } : transformer;
  const { config, weights } =
    plain && options.window === undefined
      ? toPlainVit(usual, path)
      : transformerToLongformer(usual, windowing(options, plain));
  const preprocessing = centreCrop(imageSize, 0.9, family.statistics);
  return { config, weights, notes, preprocessing, family: family.name };
}

/** Global tokens have projections of their own in plain transformers, unless it is asked otherwise; others share them. */
function windowing({ window, shareGlobalProjections }: ConversionOptions, plain: boolean) {
  return { window, shareGlobalProjections: shareGlobalProjections ?? !plain };
}

/** @throws UserError where there is no classifier and none was asked for */
function checkHead({ classes }: TransformerCheckpoint, path: string, options: ConversionOptions): void {
  if (classes > 0 || options.features || options.newHeadSeed !== undefined) return;
  throw new UserError(
    `${path} is a vision transformer without a classifier: convert it with --features to a model of features, for vil embed, ` +
      'or with --labels and --new-head to one to train.',
  );
}

/** Takes the classifier away, where only features are wanted. */
function withoutHead(converted: Converted, { features }: ConversionOptions): Converted {
  const { config, weights, notes } = converted;
  if (!features || config.classes === 0) return converted;
  const kept = Object.entries(weights).filter(([name]) => !/^head\./.test(name));
  const note = `The classifier of ${config.classes} classes was left out.`;
  return {
    ...converted,
    config: { ...config, classes: 0 },
    weights: Object.fromEntries(kept),
    notes: [...notes, note],
  };
}

/** Puts an untrained classifier for other classes in the place of the one in the file, where that is asked for. */
function replaceHead(converted: Converted, { newHeadSeed, labels }: ConversionOptions): Converted {
  if (newHeadSeed === undefined) return converted;
  if (!labels)
    throw new UserError('a new classifier needs the names of its classes: give them with --labels');
  const config = { ...converted.config, classes: labels.length };
  const initial = initialWeights(createModel(config), newHeadSeed);
  const weights = {
    ...converted.weights,
    'head.weight': initial['head.weight']!,
    'head.bias': initial['head.bias']!,
  };
  const note =
    converted.config.classes === 0
      ? `It was given an untrained classifier of ${labels.length} classes.`
      : `The classifier of ${converted.config.classes} classes was replaced by an untrained one of ${labels.length}.`;
  return { ...converted, config, weights, notes: [...converted.notes, note] };
}

function chooseLabels(
  classes: number,
  path: string,
  given: readonly string[] | undefined,
  companion: readonly string[] | undefined,
): { labels: readonly string[]; note: readonly string[] } {
  if (classes === 0) return { labels: [], note: [] };
  if (given?.length === classes) return { labels: given, note: [] };
  if (given) {
    throw new UserError(
      `${path} classifies ${classes} classes, but there are ${given.length} labels. The classifier is not cut to fit; ` +
        'give all labels, or replace it by an untrained one with --new-head.',
    );
  }
  if (companion?.length === classes) return { labels: companion, note: [] };
  if (classes === imagenetLabels.length) return { labels: imagenetLabels, note: [] };
  const labels = Array.from({ length: classes }, (_, index) => `class ${index}`);
  return {
    labels,
    note: [`The names of its ${classes} classes are unknown: they are numbered. Give them with --labels.`],
  };
}
