import { pino } from 'pino';
import { defaultLimits } from '../../../server/limits.js';
import { ThreadedModel } from '../../../server/models/threaded-model.js';
import { sceneSettings } from '../scene-settings.js';
import type { ServeFlags } from '../serve.js';
import { runServer } from './run-server.js';

/** Serves until a signal. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, host, maxBody, maxPixels, queue, timeout, logLevel, device, threads } = flags;
  const limits = {
    ...defaultLimits,
    bodyBytes: maxBody,
    pixels: maxPixels,
    queueLength: queue,
    seconds: timeout,
  };
  const logger = pino({ level: logLevel, base: undefined }, pino.destination(2));
  const batching = { images: 4, milliseconds: 5 };
  const models = flags.model.map((model) => () => ThreadedModel.load({ model, device, threads, batching }));
  const scenes = sceneSettings(flags);
  await runServer({ port, host, limits, logger, models, scenes }, (url) =>
    process.stdout.write(`Listening on ${url}\n`),
  );
}
