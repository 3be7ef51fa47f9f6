import type { Logger } from 'pino';
import type { ServerLimits } from './limits.js';
import type { Metrics } from './metrics.js';
import type { ModelRegistry } from './models/registry.js';
import type { Phase } from './phase.js';
import { ProblemError } from './problem.js';
import type { SceneService } from './scenes/scene-service.js';
import type { MemoryBudget } from './uploads/byte-collector.js';
import type { FetchImage } from './uploads/fetch-image.js';
import type { WorkQueue } from './work-queue.js';

/** What the routes share. */
export interface ServerContext {
  readonly phase: () => Phase;
  readonly models: ModelRegistry;
  /** Everything that keeps the processors busy waits here for its turn. */
  readonly queue: WorkQueue;
  readonly limits: ServerLimits;
  readonly uploadMemory: MemoryBudget;
  /** Absent where the operator allows no hosts to fetch images from. */
  readonly fetchImage?: FetchImage;
  /** Absent where the server has no folder to keep long jobs in. */
  readonly scenes?: SceneService;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** @throws ProblemError 503 while the models are being loaded, and once the server is told to stop */
export function checkReady({ phase }: ServerContext): void {
  const now = phase();
  if (now !== 'ready') throw new ProblemError(503, now, `The server is ${now}. Try again.`);
}
