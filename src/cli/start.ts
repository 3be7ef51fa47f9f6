import { Command } from 'commander';
import type { ModelFlags } from './model-options.js';
import { withModelOptions } from './model-options.js';
import { portOption } from './serve.js';

export interface StartFlags extends ModelFlags {
  readonly port?: number;
}

/** `vil start`, what `npm start` runs: classifies the example, finds the vehicles in it, then serves. */
export function startCommand(): Command {
  const command = new Command('start')
    .description(
      'Classify the example image that comes with the package, find the vehicles in it, then serve on this machine.',
    )
    .addOption(portOption());
  return withModelOptions(command).action(async (flags: StartFlags) =>
    (await import('./actions/start.js')).start(flags),
  );
}
