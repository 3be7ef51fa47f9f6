import { pino } from 'pino';
import { loadModel } from '../../model.js';
import type { ServeFlags } from '../serve.js';
import { runServer } from './run-server.js';

/** Serves until a signal. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, host, maxBody, maxPixels, queue, timeout, logLevel } = flags;
  const limits = { bodyBytes: maxBody, pixels: maxPixels, queueLength: queue, seconds: timeout };
  const logger = pino({ level: logLevel, base: undefined }, pino.destination(2));
  const load = () => loadModel(flags.model, flags);
  await runServer({ port, host, limits, logger, load }, (url) =>
    process.stdout.write(`Listening on ${url}\n`),
  );
}
