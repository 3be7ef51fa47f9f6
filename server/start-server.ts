import { createServer } from 'node:http';
import type { Logger } from 'pino';
import { KeyRing } from './access/key-ring.js';
import type { AccessOptions } from './app.js';
import { createApp } from './app.js';
import { allowHalfClosed } from './http/half-closed.js';
import { answerBrokenRequest, listen, stopListening } from './http/listen.js';
import { Lifecycle } from './lifecycle.js';
import type { ServerLimits } from './limits.js';
import { Metrics } from './metrics.js';
import type { LoadModel } from './models/registry.js';
import { ModelRegistry } from './models/registry.js';
import { sceneModelOf } from './scenes/scene-model.js';
import type { SceneServiceOptions } from './scenes/scene-service.js';
import { SceneService } from './scenes/scene-service.js';
import { MemoryBudget } from './uploads/byte-collector.js';
import type { FetchOptions } from './uploads/fetch-image.js';
import { imageFetcher } from './uploads/fetch-image.js';
import { WorkQueue } from './work-queue.js';

export interface ServerOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly host: string;
  readonly limits: ServerLimits;
  readonly logger: Logger;
  /** What makes the models, the default of each task first. Called again when the models are loaded anew. */
  readonly models: readonly LoadModel[];
  /** How long jobs are kept and run. Without it the server takes none. */
  readonly scenes?: Omit<SceneServiceOptions, 'logger' | 'findModel' | 'idOfKey'>;
  /** Those of a server that counts its batches; its own by default. */
  readonly metrics?: Metrics;
  /** Path of a file of keys; see `KeyRing`. Without one, everybody who reaches the server may use it. */
  readonly keyFile?: string;
  readonly access?: Omit<AccessOptions, 'keys'>;
  /** Where images may be fetched from. By default nowhere. */
  readonly fetch?: Omit<FetchOptions, 'bytes'>;
}

export interface RunningServer {
  /** e.g. http://127.0.0.1:3000 */
  readonly url: string;
  /** Settles when the models are warm, or one could not be loaded. */
  readonly ready: Promise<void>;
  /**
   * Loads the models and the keys anew, while requests go on.
   * @throws whatever keeps them from being loaded; those loaded before then stay
   */
  reload(): Promise<void>;
  /** Takes no more requests, answers those it has, then frees the models. */
  close(): Promise<void>;
}

/** How often connections are looked at that send their headers too slowly. */
const checkMilliseconds = 1000;

/**
 * Starts the server. It listens at once: `/readyz` says that the models are still being loaded, and
 * other requests are held until they are.
 * @throws UserError when the port or the folder of long jobs cannot be had, or the file of keys is wrong
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { limits, logger, keyFile, metrics = new Metrics() } = options;
  const lifecycle = new Lifecycle(limits);
  let keys = keyFile === undefined ? undefined : await KeyRing.read(keyFile);
  const models = new ModelRegistry(options.models, logger);
  const { queueLength: waiting, running, runningPixels: weight, bodyBytes: bytes } = limits;
  const queue = new WorkQueue({ waiting, running, weight });
  const uploadMemory = new MemoryBudget(limits.uploadMemory);
  const scenes = options.scenes && (await openScenes(options.scenes, models, keys, logger));
  metrics.observe({ queue, uploadMemory, models, scenes });
  const fetchImage = options.fetch && imageFetcher({ ...options.fetch, bytes });
  const context = { lifecycle, models, queue, limits, uploadMemory, fetchImage, scenes, metrics, logger };
  const app = createApp(context, { ...options.access, keys: keys && (() => keys!) });

  const server = createServer(
    {
      // Bodies have time limits of their own: a scene may take longer than a small image.
      requestTimeout: 0,
      headersTimeout: 1000 * limits.headerSeconds,
      connectionsCheckingInterval: checkMilliseconds,
      // Refused by requireHost, in words.
      requireHostHeader: false,
    },
    app,
  );
  server.maxConnections = limits.connections;
  allowHalfClosed(server);
  server.on('checkContinue', app);
  server.on('clientError', answerBrokenRequest);
  const url = await listen(server, options.port, options.host).catch(async (error: unknown) => {
    await scenes?.close();
    throw error;
  });

  const ready = models.load().then(
    () => {
      if (lifecycle.phase !== 'starting') return;
      lifecycle.becomeReady();
      scenes?.start();
    },
    (error: unknown) => {
      if (lifecycle.phase !== 'stopping') throw error;
    },
  );
  const reload = async () => {
    if (keyFile !== undefined) keys = await KeyRing.read(keyFile);
    await models.load();
  };
  const close = async () => {
    lifecycle.stop();
    scenes?.stop();
    await stopListening(server, limits.drainSeconds, () => lifecycle.cutShort());
    await scenes?.close();
    await models.close();
    metrics.registry.clear();
  };
  return { url, ready, reload, close };
}

function openScenes(
  options: NonNullable<ServerOptions['scenes']>,
  models: ModelRegistry,
  keys: KeyRing | undefined,
  logger: Logger,
): Promise<SceneService> {
  return SceneService.open({
    ...options,
    logger,
    idOfKey: keys && ((name) => keys.named(name)?.id),
    findModel: ({ model, task }) => {
      const info = models.models.find(({ name, task: does }) => name === model && does === task);
      return info && sceneModelOf(info);
    },
  });
}
