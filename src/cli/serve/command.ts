import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultLimits } from '../../../server/limits.js';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import { withDeviceOptions } from '../model-options.js';
import { nonNegativeInteger, positiveInteger, positiveNumber } from '../options.js';
import { defaultBatching, defaultModels, defaultPort } from './defaults.js';
import type { ServeFlags } from './flags.js';

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
  addLoadOptions(command);
  addUploadOptions(command);
  addAccessOptions(command);
  addSceneOptions(command);
  return command
    .option(
      '--drain <seconds>',
      'for requests under way at SIGTERM',
      positiveInteger,
      defaultLimits.drainSeconds,
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log, as lines of JSON on stderr')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async (flags: ServeFlags) => (await import('./run.js')).serve(flags));
}

/** How much is worked on at a time. */
function addLoadOptions(command: Command): void {
  const { running, runningPixels, queueLength, seconds } = defaultLimits;
  command
    .option(
      '--batch <count>',
      'most small images of one size that are run together; 1: none',
      positiveInteger,
      defaultBatching.images,
    )
    .option(
      '--batch-wait <milliseconds>',
      'longest wait of an image for others',
      nonNegativeInteger,
      defaultBatching.milliseconds,
    )
    .option('--running <count>', 'requests worked on at a time', positiveInteger, running)
    .option('--running-pixels <count>', 'pixels worked on at a time', positiveInteger, runningPixels)
    .option(
      '--queue <count>',
      'requests that may wait; more are answered with 503',
      positiveInteger,
      queueLength,
    )
    .option('--timeout <seconds>', 'longest time to an answer', positiveInteger, seconds);
}

function addUploadOptions(command: Command): void {
  const { bodyBytes, uploadMemory, headerSeconds, idleSeconds, uploadSeconds, pixels, side, connections } =
    defaultLimits;
  command
    .option('--max-body <bytes>', 'largest request body', positiveInteger, bodyBytes)
    .option('--upload-memory <bytes>', 'bodies in memory, all together', positiveInteger, uploadMemory)
    .option('--header-timeout <seconds>', 'longest time for headers', positiveNumber, headerSeconds)
    .option('--idle-timeout <seconds>', 'longest pause of an upload', positiveNumber, idleSeconds)
    .option('--upload-timeout <seconds>', 'longest upload', positiveNumber, uploadSeconds)
    .option('--max-pixels <count>', 'largest image', positiveInteger, pixels)
    .option('--max-side <pixels>', "an image's longer side", positiveInteger, side)
    .option('--max-connections <count>', 'open at a time', positiveInteger, connections)
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

/** Long jobs. */
function addSceneOptions(command: Command): void {
  const { waiting, bodyBytes, uploadSeconds, pixels, diskBytes, keptSeconds } = defaultSceneLimits;
  command
    .option(
      '--data-dir <folder>',
      'where scenes and results are kept; default: a temporary folder of the user',
    )
    .option('--scene-queue <count>', 'scenes that may wait', positiveInteger, waiting)
    .option('--scene-body <bytes>', 'largest file of a scene', positiveInteger, bodyBytes)
    .option('--scene-upload-timeout <seconds>', 'longest upload of a scene', positiveNumber, uploadSeconds)
    .option('--scene-pixels <count>', 'largest scene', positiveInteger, pixels)
    .option('--scene-disk <bytes>', 'scenes, results and tiles on the disk', positiveInteger, diskBytes)
    .option('--scene-keep <seconds>', 'how long finished scenes are kept', positiveInteger, keptSeconds);
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
