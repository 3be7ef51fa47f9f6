import { Command, InvalidArgumentError } from 'commander';
import { duration, positiveInteger } from '../options.js';
import type { CompareFlags } from './flags.js';

const description = `Compare the windowed model at full resolution with a ViT on shrunk images, on your own data.

All start from the same weights and train for the same time; scores are on images that are neither learned from nor chosen by,
with 95 % intervals, time and memory of an image, and a sentence that says what the figures allow to say.
A comparison that was interrupted goes on with the same command.`;

/** `vil compare --data <folder or labels>` */
export function compareCommand(): Command {
  return new Command('compare')
    .description(description)
    .requiredOption(
      '--data <path>',
      'a folder with one folder a class, or labels of boxes (COCO, YOLO, DOTA, Pascal VOC)',
    )
    .option('--images <folder>', 'folder of the images (default: the usual one of the format)')
    .option('--budget <time>', 'time for all trainings together, e.g. 2h', duration, 7200)
    .option(
      '--sizes <pixels>',
      'sides of what the ViTs see (default: 384 for boxes, 112,224 for classes)',
      sizesOf,
    )
    .option('--seeds <count>', 'trainings of each', positiveInteger, 1)
    .option(
      '--slice <pixels>',
      'boxes: also look with the windowed model in slices of this side',
      positiveInteger,
    )
    .option('--from <model>', 'model to start from (default: as vil train --data)')
    .option('--out <folder>', 'where it goes (default: runs/compare-<name of the data>)')
    .option('--threads <number>', 'threads that ONNX Runtime computes on', positiveInteger)
    .option('--upright', 'images have an up: do not turn them')
    .option('--json', 'print {measure, images, seeds, rows, statement} as JSON')
    .action(async (flags: CompareFlags) => (await import('./run.js')).compareModels(flags));
}

function sizesOf(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size >= 32)) return sizes;
  throw new InvalidArgumentError('It must be numbers of pixels, 32 or more each, as in 224,384.');
}
