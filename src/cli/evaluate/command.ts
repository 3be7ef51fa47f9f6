import { Command, InvalidArgumentError, Option } from 'commander';
import { withModelOptions } from '../model-options.js';
import { nonNegativeInteger, numberBetween, positiveInteger, positiveNumber } from '../options.js';
import type { EvaluateFlags } from './flags.js';

const description = [
  'Measure a model on labelled images.',
  'A classifier: accuracy, by class, and what is taken for what. Each image is taken exactly as "vil classify" takes it.',
  "A detector: COCO's twelve numbers with classes apart and as one, average precision by class, precision, recall and " +
    "counts at a threshold; for oriented boxes also DOTA's mean average precision. Each image is seen whole unless " +
    '--slice is given.',
].join('\n\n');

const jsonDescription =
  'print one JSON object. Classifier: {accuracy, loss, interval, images, correct, classes, confusion}. Detector: {images, objects, ' +
  'AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl, classAgnostic: {AP, AP50, ...}, classes: [{name, ' +
  'objects, AP, AP50}], operatingPoint, counts, precisionRecall, intervals, oriented}; -1 where there is nothing to find';

/** `vil evaluate --data <folder or file>` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description(description)
    .requiredOption(
      '--data <path>',
      'classifier: folder with one folder a class, or with one folder a split; detector: COCO .json, YOLO data.yaml, folder of DOTA, YOLO or Pascal VOC labels, or .geojson in map coordinates',
    );
  return withModelOptions(withDetectionOptions(withSplit(command)))
    .option(
      '--intervals <draws>',
      'sets of images drawn anew for 95 % intervals, 0 for none (default: up to 1000, fewer for many images, none above 1000 images)',
      nonNegativeInteger,
    )
    .option(
      '--report <file.html>',
      'also write a page: images with truth and found, confusion matrix, curves over the score, AP over size, the worst mistakes',
    )
    .option('--json', jsonDescription)
    .action(async (flags: EvaluateFlags) => (await import('./run.js')).evaluate(flags));
}

function withSplit(command: Command): Command {
  return command.option(
    '--split <name>',
    'only this part of the data, e.g. test: a folder of it, or a split that YOLO or Pascal VOC labels name (default: all)',
  );
}

function withDetectionOptions(command: Command): Command {
  return command
    .optionsGroup('Detectors:')
    .option('--images <folder>', 'folder of the images (default: the usual one of the format)')
    .option(
      '--detections <file>',
      'score these instead of running a model: COCO results, what "vil detect" writes as COCO, or GeoJSON for labels in GeoJSON',
    )
    .option(
      '--iou <share>',
      'of labels in map coordinates: overlap from which an object counts as found (default: 0.5)',
      numberBetween(0, 1),
    )
    .option(
      '--distance <metres>',
      'of labels in map coordinates: metres between centres within which an object counts as found',
      positiveNumber,
    )
    .option(
      '--label-property <name>',
      'of labels in map coordinates: property with the class (default: label, class, …)',
    )
    .option('--save <file>', 'also write what is found as COCO results')
    .option('--threshold <score>', 'score of the operating point (default: the one of the best F1)', scoreOf)
    .option(
      '--slice <pixels>',
      'cut images into overlapping squares and merge what is found',
      positiveInteger,
    )
    .option('--overlap <pixels>', 'what slices share (default: a fifth of a slice)', positiveInteger)
    .addOption(
      new Option(
        '--merge <how>',
        'of slices: as "vil detect" merges its tiles, or as SAHI does by default (default: seams)',
      ).choices(['seams', 'sahi']),
    )
    .optionsGroup('Options:')
    .option(
      '--size <pixels>',
      'resize all images to this size, e.g. 224 or 400x640 (height x width); boxes stay those of the image',
      sizeOf,
    );
}

/** Parser for `224` and `400x640`. */
export function sizeOf(text: string): [height: number, width: number] {
  const [, height, width = height] = /^([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (height === undefined) {
    throw new InvalidArgumentError(
      'It must be a number of pixels, e.g. 224, or height x width, e.g. 400x640.',
    );
  }
  return [Number(height), Number(width)];
}

function scoreOf(text: string): number {
  const score = Number(text);
  if (text !== '' && score >= 0 && score <= 1) return score;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}
