import { Command, Option } from 'commander';
import { withModelOptions } from '../model-options.js';
import { positiveInteger } from '../options.js';
import type { NearestFlags } from './flags.js';

/** `vil nearest`: images that are like another. */
export function nearestCommand(): Command {
  const command = new Command('nearest')
    .description(
      'Find images that are like another one, among those that vil embed has done with the same model.',
    )
    .argument('<image>', 'the image to compare with')
    .requiredOption('--among <file>', 'what vil embed wrote')
    .option('--top <count>', 'how many to print, nearest first', positiveInteger, 5)
    .addOption(
      new Option('--by <vector>', 'which vectors are compared, by the cosine of their angle')
        .choices(['features', 'class_token', 'mean'])
        .default('features'),
    )
    .option('--json', 'print one line of JSON: [{image, similarity}]')
    .option('--full-resolution', 'use every pixel even with a model that was made for small images');
  return withModelOptions(command).action(async (image: string, flags: NearestFlags) =>
    (await import('./run.js')).nearest(image, flags),
  );
}
