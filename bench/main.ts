import { Command, Option } from 'commander';
import { addRowOptions } from '../src/cli/benchmark/row-options.js';
import { positiveInteger, positiveNumber } from '../src/cli/options.js';
import { runProgram } from '../src/cli/run-program.js';
import type { BenchFlags } from './flags.js';

/**
 * `npm run bench`: everything that the benchmark of this repository measures, as tables, charts and a report.
 */
function benchCommand(): Command {
  const command = new Command('npm run bench --')
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
    );
  return addRowOptions(command)
    .addOption(
      new Option(
        '--against <checkout>',
        'time rows (--only) of this build and of another built checkout in turns, and print the ratios',
      ).conflicts(['full', 'fresh', 'stopAfter', 'reportOnly', 'memoryOnly']),
    )
    .option('--rounds <count>', 'with --against: turns', positiveInteger, 5)
    .showHelpAfterError()
    .action(async (flags: BenchFlags) => (await import('./run.js')).bench(flags));
}

await runProgram(benchCommand());
