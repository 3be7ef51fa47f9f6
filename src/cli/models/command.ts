import { Command, InvalidArgumentError } from 'commander';
import type { AddFlags, ListFlags } from './flags.js';

/** `vil models`, `vil models add <source>`, `vil models remove <name>` */
export function modelsCommand(): Command {
  const command = new Command('models')
    .description(
      'List the models that --model knows by name: what they do, their licence, size, ground sampling distance and figures.',
    )
    .option('--json', 'print one JSON array')
    .action(async (flags: ListFlags) => (await import('./run.js')).listModels(flags));
  command.addCommand(addCommand());
  command.addCommand(removeCommand());
  return command;
}

function addCommand(): Command {
  return new Command('add')
    .description(
      'Add a model, so that it is known by its name: it is checked and copied to VIL_MODELS, or to the folder that the system has for data of a user.',
    )
    .argument(
      '<source>',
      'a model folder; a .tar, .tar.gz or .tgz of one (as "npm pack" makes them); or its https address, with --sha256',
    )
    .option('--name <name>', 'what to call it (default: as the folder or archive is called)')
    .option('--sha256 <digest>', 'digest of the archive, 64 hexadecimal digits', digest)
    .option('--replace', 'replace a model of this name that was added before')
    .action(async (source: string, flags: AddFlags) => (await import('./run.js')).add(source, flags));
}

function removeCommand(): Command {
  return new Command('remove')
    .description('Remove a model that was added.')
    .argument('<name>', 'its name')
    .action(async (name: string) => (await import('./run.js')).remove(name));
}

function digest(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('It must be 64 hexadecimal digits.');
}
