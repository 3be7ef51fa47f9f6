import type { Command } from 'commander';
import { Option } from 'commander';
import type { LoadOptions } from '../detect/load.js';
import { positiveInteger } from './options.js';

/** What every command that runs a model is told. */
export interface ModelFlags extends LoadOptions {
  readonly model: string;
}

const devices = [
  'cpu',
  'webgpu',
  'cuda',
  'coreml',
  'dml',
] as const satisfies readonly LoadOptions['device'][];

/** Adds `--model`, `--device` and `--threads` to a command. */
export function withModelOptions(command: Command, defaultModel = 'land-use'): Command {
  command.option(
    '--model <name or folder>',
    'a model that comes with the package, or a model folder',
    defaultModel,
  );
  return withDeviceOptions(command);
}

/**
 * Adds `--device` and `--threads`.
 * @param threads what the threads are of
 */
export function withDeviceOptions(command: Command, threads = 'CPU threads'): Command {
  return command
    .addOption(new Option('--device <name>', 'what computes').choices(devices).default('cpu'))
    .option('--threads <count>', `${threads} (default: one for each processor)`, positiveInteger);
}
