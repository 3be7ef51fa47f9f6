import { pino } from 'pino';
import type { ServerLimits } from '../../../server/limits.js';
import { Metrics } from '../../../server/metrics.js';
import { shareThreads } from '../../../server/models/share-threads.js';
import { ThreadedModel } from '../../../server/models/threaded-model.js';
import type { SceneLimits } from '../../../server/scenes/scene-limits.js';
import { runServer } from '../run-server.js';
import { sceneSettings } from '../scene-settings.js';
import { defaultModels } from './defaults.js';
import type { ServeFlags } from './flags.js';

/** Serves until a signal. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, host, device, threads, batch, batchWait, fetchHost } = flags;
  const { model: names = defaultModels, modelThreads } = flags;
  const logger = pino({ level: flags.logLevel, base: undefined }, pino.destination(2));
  const metrics = new Metrics();
  const batching = batch > 1 ? { images: batch, milliseconds: batchWait } : undefined;
  const shares = shareThreads(names.length, threads);
  const models = names.map((model, index) => () => {
    const settings = { model, device, threads: modelThreads ?? shares[index], batching };
    return ThreadedModel.load(settings, (images) => metrics.countBatch(images));
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
  const options = { port, host, limits: limitsOf(flags), logger, models, metrics, access, fetch };
  const scenes = sceneSettings({ ...flags, limits: sceneLimitsOf(flags) });
  await runServer({ ...options, scenes, keyFile: flags.keys }, (url) =>
    process.stdout.write(`Listening on ${url}\n`),
  );
}

function limitsOf(flags: ServeFlags): ServerLimits {
  return {
    bodyBytes: flags.maxBody,
    uploadMemory: flags.uploadMemory,
    idleSeconds: flags.idleTimeout,
    uploadSeconds: flags.uploadTimeout,
    pixels: flags.maxPixels,
    side: flags.maxSide,
    queueLength: flags.queue,
    running: flags.running,
    runningPixels: flags.runningPixels,
    seconds: flags.timeout,
    headerSeconds: flags.headerTimeout,
    connections: flags.maxConnections,
    drainSeconds: flags.drain,
  };
}

function sceneLimitsOf(flags: ServeFlags): SceneLimits {
  return {
    waiting: flags.sceneQueue,
    bodyBytes: flags.sceneBody,
    uploadSeconds: flags.sceneUploadTimeout,
    pixels: flags.scenePixels,
    diskBytes: flags.sceneDisk,
    keptSeconds: flags.sceneKeep,
  };
}
