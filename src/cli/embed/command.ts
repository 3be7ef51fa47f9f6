import { Command } from 'commander';
import { withModelOptions } from '../model-options.js';
import { positiveInteger } from '../options.js';
import type { EmbedFlags } from './flags.js';

/** `vil embed`: what a model knows of images, as vectors in a file. */
export function embedCommand(): Command {
  const command = new Command('embed')
    .description(
      'Write what a model knows of images, without a classifier, to a safetensors file: tensors features, class_token and mean ' +
        '[images, width], names of images in the metadata. Goes on where it was stopped.',
    )
    .argument('<files or folders...>', 'images; folders are searched for them')
    .requiredOption('--out <file>', 'safetensors file to write')
    .option(
      '--patches',
      'also write the tokens of patches, a tensor patches.<number> [rows, columns, width] an image',
    )
    .option('--full-resolution', 'use every pixel even with a model that was made for small images')
    .option('--pixels-per-pass <count>', 'run larger images in tiles of this many pixels', positiveInteger)
    .option('--pixel-limit <count>', 'refuse images with more pixels (default: 2^30)', positiveInteger);
  return withModelOptions(command).action(async (paths: string[], flags: EmbedFlags) =>
    (await import('./run.js')).embed(paths, flags),
  );
}
