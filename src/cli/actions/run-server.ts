import sharp from 'sharp';
import type { ServerOptions } from '../../../server/start-server.js';
import { startServer } from '../../../server/start-server.js';

/**
 * Loaders of formats that a stranger's bytes may be given to. libvips can read more (its own format, vector graphics),
 * but those were not made for untrusted input.
 */
const loaders = ['Jpeg', 'Png', 'Webp', 'Tiff', 'Nsgif', 'Heif'].map((name) => `VipsForeignLoad${name}`);

/**
 * Runs a server until the process is told to stop (SIGINT, SIGTERM): it then answers what it has and ends. A second
 * signal ends it at once. SIGHUP loads models and keys anew.
 *
 * @throws UserError when the port cannot be had or the model cannot be loaded
 */
export async function runServer(options: ServerOptions, announce: (url: string) => void): Promise<void> {
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: loaders });
  const server = await startServer(options);
  announce(server.url);
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
    await Promise.race([server.ready, signal]);
    options.logger.info({ url: server.url }, 'ready');
    options.logger.info({ signal: await signal }, 'stopping');
  } finally {
    process.off('SIGHUP', reload);
    await server.close();
  }
}
