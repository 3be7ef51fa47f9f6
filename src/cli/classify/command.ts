import { Command } from 'commander';
import { withModelOptions } from '../model-options.js';
import { positiveInteger } from '../options.js';
import type { ClassifyFlags } from './flags.js';

/** `vil classify`: labels of image files. */
export function classifyCommand(): Command {
  const command = new Command('classify')
    .description(
      'Say what image files show. Exits with 1 when a file could not be read, after the results of the others.',
    )
    .argument('<files or folders...>', 'images; folders are searched for them')
    .option('--top-k <count>', 'how many labels to print', positiveInteger, 5)
    .option('--json', 'print a line of JSON for each file: {file, predictions: [{label, score}], width, ...}')
    .option('--attention <path>', 'draw where the model looked: a PNG file, for several images a folder')
    .option('--full-resolution', 'use every pixel even with a model that was made for small images')
    .option('--pixels-per-pass <count>', 'run larger images in tiles of this many pixels', positiveInteger)
    .option('--pixel-limit <count>', 'refuse images with more pixels (default: 2^30)', positiveInteger);
  return withModelOptions(command).action(async (paths: string[], flags: ClassifyFlags) =>
    (await import('./run.js')).classify(paths, flags),
  );
}
