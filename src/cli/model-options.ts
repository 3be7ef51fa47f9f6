import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { LoadOptions } from '../model.js';

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
export function withModelOptions(command: Command): Command {
  return command
    .option('--model <name or folder>', 'a model that comes with the package, or a model folder', 'land-use')
    .addOption(new Option('--device <name>', 'what computes').choices(devices).default('cpu'))
    .option('--threads <count>', 'CPU threads (default: one for each processor)', positiveInteger);
}

/** Parser for options that count things. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a positive integer.');
  return value;
}
