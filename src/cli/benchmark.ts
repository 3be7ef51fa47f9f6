import { Command } from 'commander';
import { positiveInteger } from './options.js';

export interface BenchmarkFlags {
  readonly only?: string[];
  readonly threads: number;
  readonly json?: boolean;
}

/** `vil benchmark`: speed and memory as ratios that hold on other machines too. */
export function benchmarkCommand(): Command {
  return new Command('benchmark')
    .description('Measure speed and memory, as ratios within one run.')
    .option('--only <rows...>', 'rows to measure, e.g. vil-tiny-1024; a wrong name lists them all')
    .option('--threads <count>', 'threads that ONNX Runtime computes on', positiveInteger, 2)
    .option('--json', 'print one JSON document instead of lines')
    .action(async (flags: BenchmarkFlags) => (await import('./actions/benchmark.js')).benchmark(flags));
}
