import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { UserError } from '../src/errors.js';
import { createApp } from './app.js';
import type { ServerLimits } from './limits.js';
import type { LoadModel } from './models/registry.js';
import { ModelRegistry } from './models/registry.js';
import type { Phase } from './phase.js';
import type { SceneServiceOptions } from './scenes/scene-service.js';
import { SceneService } from './scenes/scene-service.js';
import { MemoryBudget } from './uploads/byte-collector.js';
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
  readonly scenes?: Omit<SceneServiceOptions, 'logger' | 'findModel'>;
}

export interface RunningServer {
  /** e.g. http://127.0.0.1:3000 */
  readonly url: string;
  /** Settles when the models are warm, or one could not be loaded. */
  readonly ready: Promise<void>;
  /** Takes no more requests, answers those it has, then frees the models. */
  close(): Promise<void>;
}

/**
 * Starts the server. It listens at once, so that `/readyz` can say that the model is still being loaded.
 * @throws UserError when the port or the folder of long jobs cannot be had
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { limits, logger } = options;
  let phase: Phase = 'starting';
  const models = new ModelRegistry(options.models, logger);
  const scenes = options.scenes && (await openScenes(options.scenes, models, logger));
  const app = createApp({
    phase: () => phase,
    models,
    queue: new WorkQueue({
      waiting: limits.queueLength,
      running: limits.running,
      weight: limits.runningPixels,
    }),
    limits,
    uploadMemory: new MemoryBudget(limits.uploadMemory),
    scenes,
    logger,
  });
  // Bodies have time limits of their own; this one is for what no route reads.
  const requestTimeout = 1000 * Math.max(limits.seconds, options.scenes?.limits.uploadSeconds ?? 0);
  const headersTimeout = Math.min(1000 * limits.seconds, 15_000);
  const server = createServer({ requestTimeout, headersTimeout }, app);
  server.on('checkContinue', app);
  const url = await listen(server, options.port, options.host).catch(async (error: unknown) => {
    await scenes?.close();
    throw error;
  });

  const loading = models.load().then(() => {
    if (phase !== 'starting') return;
    phase = 'ready';
    scenes?.start();
  });
  const close = async () => {
    phase = 'stopping';
    scenes?.stop();
    await stopListening(server);
    await scenes?.close();
    await models.close();
  };
  return { url, ready: loading, close };
}

function openScenes(
  options: NonNullable<ServerOptions['scenes']>,
  models: ModelRegistry,
  logger: Logger,
): Promise<SceneService> {
  return SceneService.open({
    ...options,
    logger,
    findModel: ({ model, task }) => {
      const info = models.models.find(({ name, task: does }) => name === model && does === task);
      return info?.folder === undefined ? undefined : { name: model, task, folder: info.folder };
    },
  });
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, port, host)));
    server.listen(port, host, () => {
      const { address, family, port: actual } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`);
    });
  });
}

/** Thrown when another program listens on the port. */
export class PortInUseError extends UserError {
  override readonly name = 'PortInUseError';
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new PortInUseError(`Port ${port} of ${host} is in use. Choose another with --port.`, { cause });
    case 'EACCES':
      return new UserError(
        `Port ${port} may not be used by this account. Choose one above 1023 with --port.`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(`This machine has no address ${host}. Choose another with --host.`, { cause });
    default:
      return cause;
  }
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Connections that clients keep for later become idle once their last answer is out.
    const closing = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearInterval(closing);
      resolve();
    });
  });
}
