import type { Command as CommandType } from 'commander';
import { Command, Option } from 'commander';
import { withDeviceOptions } from '../model-options.js';
import { positiveInteger } from '../options.js';
import { queueOption } from '../queue-option.js';
import type { WorkerFlags } from './flags.js';

/** `vil worker`: does the tiles of `vil detect --queue`. */
export function workerCommand(): CommandType {
  const command = new Command('worker')
    .description(
      'Look at the tiles that "vil detect --queue" submits, on any number of machines. Scenes are opened under the path ' +
        'they were submitted with, or at their address. SIGTERM and Ctrl-C let the tiles in hand finish. With VIL_QUEUE_SECRET set, here and for "vil detect", only ' +
        'jobs signed with it are done.',
    )
    .addOption(queueOption('Redis or Valkey with the tiles: redis://host:port').makeOptionMandatory())
    .addOption(
      new Option('--concurrency <count>', 'tiles in hand at a time; while one is computed, others are read')
        .argParser(positiveInteger)
        .default(2),
    );
  command.option(
    '--allow <places...>',
    'open scenes and models under these folders, on these hosts (host or host:port) and in these buckets (s3://bucket) ' +
      'only, links, redirects and files that name others included (models of the package always)',
  );
  return withDeviceOptions(command).action(async (flags: WorkerFlags) =>
    (await import('./run.js')).work(flags),
  );
}
