import { Command, InvalidArgumentError } from 'commander';
import type { ModelFlags } from './model-options.js';
import { withModelOptions } from './model-options.js';

export interface EvaluateFlags extends ModelFlags {
  readonly data: string;
  readonly split?: string;
  readonly size?: [height: number, width: number];
  readonly json?: boolean;
}

const description = `Measure a classifier on labelled images: accuracy, by class, and what is taken for what.

Each image is taken exactly as "vil classify" takes it.`;

/** `vil evaluate --data <folder>` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description(description)
    .requiredOption('--data <folder>', 'folder with one folder a class, or with one folder a split')
    .option('--split <name>', 'folder of the split within the data, e.g. test')
    .option('--size <pixels>', 'resize all images to this size, e.g. 224 or 400x640 (height x width)', sizeOf)
    .option('--json', 'print one JSON object: {accuracy, loss, images, correct, classes, confusion}');
  return withModelOptions(command).action(async (flags: EvaluateFlags) =>
    (await import('./actions/evaluate.js')).evaluate(flags),
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
