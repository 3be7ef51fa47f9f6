import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultLimits } from '../../server/limits.js';
import type { ModelFlags } from './model-options.js';
import { withDeviceOptions } from './model-options.js';
import { positiveInteger } from './options.js';

export const defaultPort = 3000;

export interface ServeFlags extends Omit<ModelFlags, 'model'> {
  readonly model: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly maxBody: number;
  readonly maxPixels: number;
  readonly queue: number;
  readonly timeout: number;
  readonly dataDir?: string;
  readonly logLevel: string;
}

/** `vil serve`: classification over HTTP. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Answer over HTTP: classification, detection, and a page at /.')
    .addOption(portOption().default(defaultPort))
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('--max-body <bytes>', 'largest request body', positiveInteger, defaultLimits.bodyBytes)
    .option('--max-pixels <count>', 'largest picture', positiveInteger, defaultLimits.pixels)
    .option(
      '--queue <count>',
      'requests that may wait; more are answered with 503',
      positiveInteger,
      defaultLimits.queueLength,
    )
    .option('--timeout <seconds>', 'longest time to an answer', positiveInteger, defaultLimits.seconds)
    .option('--data-dir <folder>', 'where scenes and their results are kept (default: a temporary folder)')
    .addOption(
      new Option('--log-level <level>', 'how much to log, as lines of JSON on stderr')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    );
  const models = new Option(
    '--model <name or folder>',
    'a model to serve; may be given several times (default: land-use and aircraft)',
  );
  command.addOption(models.argParser(oneMore));
  return withDeviceOptions(command).action(async ({ model = defaultModels, ...flags }: ServeFlags) =>
    (await import('./actions/serve.js')).serve({ model, ...flags }),
  );
}

/** Served where no model is named. */
const defaultModels = ['land-use', 'aircraft'];

/** Parser of an option that may be given several times. */
function oneMore(value: string, former: readonly string[] = []): string[] {
  return [...former, value];
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
