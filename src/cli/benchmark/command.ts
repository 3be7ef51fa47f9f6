import { totalmem } from 'node:os';
import { Command, Option } from 'commander';
import { positiveInteger, positiveNumber } from '../options.js';
import type { BenchmarkFlags } from './flags.js';

/** Of the machine's memory, in GiB with one decimal: the rest is for the system. */
function defaultMemoryLimit(): number {
  return Math.round(0.75 * 10 * (totalmem() / 2 ** 30)) / 10;
}

/** `vil benchmark`: speed, memory and their growth with the image, as tables, charts and a report. */
export function benchmarkCommand(): Command {
  return new Command('benchmark')
    .description(
      'Measure speed, memory and accuracy against image size, and write a report. Goes on where it was stopped.',
    )
    .option('--full', 'all sizes up to 8192 x 8192, and all experiments trained; hours instead of minutes')
    .addOption(
      new Option(
        '--only <rows...>',
        'print these rows, e.g. vil-tiny-1024; a wrong name lists them all',
      ).conflicts(['full', 'fresh', 'stopAfter', 'reportOnly']),
    )
    .option('--out <folder>', 'where the journal, the tables, the charts and the report go', 'bench-report')
    .option('--fresh', 'measure again what the journal has')
    .addOption(
      new Option('--report-only', 'measure nothing, write the report of what the journal has').conflicts(
        'fresh',
      ),
    )
    .option('--experiments <names...>', 'train and test the models of these files in configs/experiments')
    .option(
      '--no-experiments',
      'with --full: train nothing, the accuracies are those that come with the sources',
    )
    .option(
      '--stop-after <minutes>',
      'end then, without the row under way, and write the report',
      positiveNumber,
    )
    .option('--memory-only', 'one run for each image size, for its memory: for a machine that is busy')
    .option('--threads <count>', 'threads that ONNX Runtime computes on', positiveInteger, 2)
    .option('--memory-limit <GiB>', 'a row that takes more has failed', positiveNumber, defaultMemoryLimit())
    .option('--time-limit <seconds>', 'a row that takes longer has failed', positiveNumber, 600)
    .option('--json', 'print one JSON document instead of lines')
    .action(async (flags: BenchmarkFlags) => (await import('./run.js')).benchmark(flags));
}
