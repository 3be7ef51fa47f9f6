import type { Logger } from 'pino';
import type { Lifecycle } from './lifecycle.js';
import type { ServerLimits } from './limits.js';
import type { Metrics } from './metrics.js';
import type { ModelRegistry } from './models/registry.js';
import type { SceneService } from './scenes/scene-service.js';
import type { MemoryBudget } from './uploads/byte-collector.js';
import type { FetchImage } from './uploads/fetch-image.js';
import type { WorkQueue } from './work-queue.js';

/** What the routes share. */
export interface ServerContext {
  readonly lifecycle: Lifecycle;
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
