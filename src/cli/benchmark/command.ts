import { Command } from 'commander';
import type { BenchmarkFlags } from './flags.js';
import { addRowOptions } from './row-options.js';

/** `vil benchmark`: speed and memory of models on this machine, a row each. */
export function benchmarkCommand(): Command {
  const command = new Command('benchmark')
    .description('Measure speed and memory on this machine, a row for each model and image size.')
    .option(
      '--only <rows...>',
      'these rows, e.g. vil-tiny-1024; a wrong name lists them all; default: those that take minutes',
    );
  return addRowOptions(command)
    .addHelpText(
      'after',
      '\nReports with charts, experiments and comparisons of two builds are made in a clone: npm run bench -- --help',
    )
    .action(async (flags: BenchmarkFlags) => (await import('./run.js')).benchmark(flags));
}
