import { Command } from 'commander';
import { withModelOptions } from '../model-options.js';
import { portOption } from '../serve/command.js';
import type { StartFlags } from './flags.js';

/** `vil start`, what `npm start` runs: classifies the example, finds the vehicles in it, then serves. */
export function startCommand(): Command {
  const command = new Command('start')
    .description(
      'Classify the example image that comes with the package, find the vehicles in it, then serve on this machine.',
    )
    .addOption(portOption());
  return withModelOptions(command).action(async (flags: StartFlags) =>
    (await import('./run.js')).start(flags),
  );
}
