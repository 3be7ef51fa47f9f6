import { pino } from 'pino';
import { defaultLimits } from '../../../server/limits.js';
import { LocalClassifier } from '../../../server/models/local-model.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { loadModel } from '../../model.js';
import type { ServeFlags } from '../serve.js';
import { runServer } from './run-server.js';

/** Serves until a signal. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, host, maxBody, maxPixels, queue, timeout, logLevel } = flags;
  const limits = {
    ...defaultLimits,
    bodyBytes: maxBody,
    pixels: maxPixels,
    queueLength: queue,
    seconds: timeout,
  };
  const logger = pino({ level: logLevel, base: undefined }, pino.destination(2));
  const load = async () =>
    new LocalClassifier(await loadModel(flags.model, flags), resolveModel(flags.model));
  await runServer({ port, host, limits, logger, models: [load] }, (url) =>
    process.stdout.write(`Listening on ${url}\n`),
  );
}
