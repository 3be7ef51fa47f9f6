import { readSafeFormatsOnly } from '../../server/safe-formats.js';
import type { ServerOptions } from '../../server/start-server.js';
import { startServer } from '../../server/start-server.js';

/**
 * Runs a server until the process is told to stop (SIGINT, SIGTERM): it then answers what it has and ends. A second
 * signal ends it at once. SIGHUP loads models and keys anew.
 *
 * @param announce is called once requests are answered
 * @throws UserError when the port cannot be had or the model cannot be loaded
 */
export async function runServer(options: ServerOptions, announce: (url: string) => void): Promise<void> {
  readSafeFormatsOnly();
  const server = await startServer(options);
  options.logger.info({ url: server.url }, 'loading models');
  const reload = () => {
    options.logger.info('loading models and keys anew');
    server.reload().then(
      () => options.logger.info('loaded anew'),
      (error: unknown) => options.logger.error({ err: error }, 'loading anew failed; serving as before'),
    );
  };
  process.on('SIGHUP', reload);
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
  try {
    const isReady = await Promise.race([server.ready.then(() => true), signal.then(() => false)]);
    if (isReady) {
      announce(server.url);
      options.logger.info({ url: server.url }, 'ready');
    }
    options.logger.info({ signal: await signal }, 'stopping');
  } finally {
    process.off('SIGHUP', reload);
    await server.close();
  }
}
