import { Argument, Command, InvalidArgumentError } from 'commander';
import { keyName } from '../../../server/access/key-ring.js';
import { positiveInteger } from '../options.js';
import type { ServeKeyFlags } from './flags.js';

/** `vil serve-key`: makes a key for `vil serve --keys`. */
export function serveKeyCommand(): Command {
  return new Command('serve-key')
    .description('Make a key for "vil serve --keys"; it is shown once, and only its hash is kept.')
    .addArgument(new Argument('<name>', 'whom it is for').argParser(checkName))
    .option('--file <file>', 'file of keys to add it to; otherwise its line is printed')
    .option('--rate <count>', 'requests a minute, where not those of --rate-limit', positiveInteger)
    .option('--scenes <count>', 'scenes that wait or run, where not those of --key-scenes', positiveInteger)
    .option('--disk <bytes>', 'scenes and results, where not those of --key-disk', positiveInteger)
    .option(
      '--renew',
      'make another key of a name in --file: the scenes and limits of the old one are its own, which ends',
    )
    .option('--admin', "an operator's key: it sees and removes the scenes of all keys")
    .action(async (name: string, flags: ServeKeyFlags) => (await import('./run.js')).serveKey(name, flags));
}

function checkName(text: string): string {
  if (keyName.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 64 letters, digits, dots, hyphens or underscores.');
}
