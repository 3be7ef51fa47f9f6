import { totalmem } from 'node:os';
import type { Command } from 'commander';
import { positiveInteger, positiveNumber } from '../options.js';

/** Of the machine's memory, in GiB with one decimal: the rest is for the system. */
function defaultMemoryLimit(): number {
  return Math.round(0.75 * 10 * (totalmem() / 2 ** 30)) / 10;
}

/** Gives a command the options that say how rows are measured, see `RowFlags`. */
export function addRowOptions(command: Command): Command {
  return command
    .option('--memory-only', 'one run for each image size, for its memory: for a machine that is busy')
    .option('--threads <count>', 'threads that ONNX Runtime computes on', positiveInteger, 2)
    .option('--memory-limit <GiB>', 'a row that takes more has failed', positiveNumber, defaultMemoryLimit())
    .option('--time-limit <seconds>', 'a row that takes longer has failed', positiveNumber, 600)
    .option('--json', 'print one JSON document instead of lines');
}
