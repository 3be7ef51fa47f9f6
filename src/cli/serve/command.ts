import { Command, InvalidArgumentError, Option } from 'commander';
import { serverLimits } from '../../../server/limits.js';
import { sceneLimits } from '../../../server/scenes/scene-limits.js';
import { withDeviceOptions } from '../model-options.js';
import { nonNegativeInteger, positiveInteger, positiveNumber } from '../options.js';
import { defaultBatching, defaultModels, defaultPort } from './defaults.js';
import type { ServeFlags } from './flags.js';
import { addLimitOptions } from './limit-options.js';

/** `vil serve`: classification and detection over HTTP. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Answer over HTTP: classification, detection, and a page at /. See docs/serving.md.')
    .addOption(portOption().default(defaultPort))
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .addOption(
      several('--model <name or folder>', `a model to serve; default: ${defaultModels.join(' and ')}`),
    );
  withDeviceOptions(command, 'CPU threads of all models together');
  command.option(
    '--model-threads <count>',
    'CPU threads of each model (default: its share of --threads)',
    positiveInteger,
  );
  addBatchOptions(command);
  addLimitOptions(command, serverLimits);
  addFetchOptions(command);
  addAccessOptions(command);
  command.option(
    '--data-dir <folder>',
    'where scenes and results are kept; default: a temporary folder of the user',
  );
  addLimitOptions(command, sceneLimits);
  return command
    .addOption(
      new Option('--log-level <level>', 'how much to log, as lines of JSON on stderr')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async (flags: ServeFlags) => (await import('./run.js')).serve(flags));
}

function addBatchOptions(command: Command): void {
  const { images, milliseconds } = defaultBatching;
  command
    .option(
      '--batch <count>',
      'most small images of one size that are run together; 1: none',
      positiveInteger,
      images,
    )
    .option(
      '--batch-wait <milliseconds>',
      'longest wait of an image for others',
      nonNegativeInteger,
      milliseconds,
    );
}

function addFetchOptions(command: Command): void {
  command
    .addOption(several('--fetch-host <host>', 'where images may be fetched from; "*.org", "*", "host:port"'))
    .option('--fetch-private', 'fetch from private and loopback addresses too')
    .option('--fetch-timeout <seconds>', 'longest fetch', positiveNumber, 20)
    .option('--fetch-redirects <count>', 'redirects followed', nonNegativeInteger, 3);
}

function addAccessOptions(command: Command): void {
  command
    .option('--keys <file>', 'ask for keys; "vil serve-key" makes them')
    .option('--rate-limit <count>', 'requests a minute of each key or address', positiveInteger)
    .addOption(several('--cors <origin>', 'an origin whose pages may use the API; "*" for all'))
    .option('--trust-proxy <count>', 'proxies in front, for the address of clients', nonNegativeInteger, 0);
}

/** An option that may be given several times. */
function several(flags: string, description: string): Option {
  const oneMore = (value: string, former: readonly string[] = []) => [...former, value];
  return new Option(flags, `${description}; may be given several times`).argParser(oneMore);
}

/** `--port`, or the environment's PORT. */
export function portOption(): Option {
  return new Option('--port <number>', 'port to listen on; 0 for any free one')
    .env('PORT')
    .argParser(portNumber);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
