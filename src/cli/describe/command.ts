import { Command } from 'commander';
import { imageSize, positiveInteger } from '../options.js';
import type { DescribeFlags } from './flags.js';

/** `vil describe`: parameters and multiply-accumulate operations of a model by stage. */
export function describeCommand(): Command {
  return new Command('describe')
    .description('Print the parameters and multiply-accumulate operations (MACs) of a model by stage.')
    .argument('<arch>', 'name (vil_tiny), architecture string (l1,h1,d48,..._l2,...) or model folder')
    .option('--size <pixels>', 'image size, e.g. 1024 or 400x640 (height x width)', imageSize)
    .option('--classes <count>', 'number of classes, where <arch> does not say', positiveInteger, 1000)
    .option('--json', 'print JSON instead of a table')
    .action(async (arch: string, flags: DescribeFlags) => (await import('./run.js')).describe(arch, flags));
}
