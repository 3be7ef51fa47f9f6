import { pino } from 'pino';
import { serverLimits } from '../../../server/limits.js';
import { Metrics } from '../../../server/metrics.js';
import { loadHosted } from '../../../server/models/hosted-model.js';
import { shareThreads } from '../../../server/models/share-threads.js';
import { sceneLimits } from '../../../server/scenes/scene-limits.js';
import { runServer } from '../run-server.js';
import { sceneSettings } from '../scene-settings.js';
import { defaultModels } from './defaults.js';
import type { ServeFlags } from './flags.js';
import { givenLimits } from './limit-options.js';

/** Serves until a signal. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, host, device, threads, batch, batchWait, fetchHost } = flags;
  const { model: names = defaultModels, modelThreads } = flags;
  const given = { ...flags };
  const logger = pino({ level: flags.logLevel, base: undefined }, pino.destination(2));
  const metrics = new Metrics();
  const batching = batch > 1 ? { images: batch, milliseconds: batchWait } : undefined;
  const shares = shareThreads(names.length, threads);
  const models = names.map((model, index) => (signal: AbortSignal) => {
    const settings = { model, device, threads: modelThreads ?? shares[index], batching };
    return loadHosted(settings, (images) => metrics.countBatch(images), signal);
  });
  const access = {
    requestsPerMinute: flags.rateLimit,
    origins: flags.cors,
    proxies: flags.trustProxy,
  };
  const fetch = fetchHost && {
    hosts: fetchHost,
    allowPrivate: flags.fetchPrivate,
    seconds: flags.fetchTimeout,
    redirects: flags.fetchRedirects,
  };
  const options = {
    port,
    host,
    limits: givenLimits(serverLimits, given),
    logger,
    models,
    metrics,
    access,
    fetch,
  };
  const scenes = sceneSettings({ ...flags, limits: givenLimits(sceneLimits, given) });
  await runServer({ ...options, scenes, keyFile: flags.keys }, (url) =>
    process.stdout.write(`Listening on ${url}\n`),
  );
}
