import { Command } from 'commander';
import { duration, nonNegativeInteger, positiveInteger, positiveNumber } from '../options.js';
import type { TrainFlags } from './flags.js';

const description = `Train or fine-tune a classifier or a detector.

With --data alone everything is chosen from the data and the time there is, printed with the reasons, and written as a
configuration that can be edited and run again. With a configuration, that says it; configs/ has examples,
docs/training.md and docs/detection.md explain them.
A run continues by itself from the checkpoint in its output folder. Ctrl-C saves and stops.`;

/** `vil train --data <folder or labels>` and `vil train <config.json>` */
export function trainCommand(): Command {
  return new Command('train')
    .description(description)
    .argument('[config]', 'training configuration, a JSON file')
    .option('--config <file>', 'the same')
    .option(
      '--data <path>',
      'a folder with one folder a class, or labels of boxes (COCO, YOLO, DOTA, Pascal VOC); with a configuration, instead of its `data`',
    )
    .option(
      '--out <folder>',
      "where the run goes (default: runs/<name of the data>, or the configuration's `out`)",
    )
    .option('--threads <number>', 'threads that ONNX Runtime computes on', positiveInteger)
    .option(
      '--head-only',
      'train a linear classifier on the features of a model that stays as it is: minutes on a processor (with --data and --from, or a configuration)',
    )
    .option('--fresh', 'start over instead of continuing from the checkpoint')
    .optionsGroup('Without a configuration:')
    .option('--budget <time>', 'time for all of it, e.g. 30m or 2h (default: 30m)', duration)
    .option('--from <model>', 'model to start from: aircraft, land-use, aerial-vehicles, or a model folder')
    .option('--images <folder>', 'folder of the images (default: the usual one of the format)')
    .option('--upright', 'images have an up: do not turn them')
    .option('--gsd <metres>', 'ground covered by a pixel, where the files do not say it', positiveNumber)
    .option('--plan', 'print and write the plan, and stop before training')
    .option('--seed <number>', 'of the random draws (default: 1)', nonNegativeInteger)
    .optionsGroup('With a configuration:')
    .option('--model <folder>', "instead of the configuration's `model`")
    .action(async (config: string | undefined, flags: TrainFlags) =>
      (await import('./run.js')).train(config, flags),
    );
}
