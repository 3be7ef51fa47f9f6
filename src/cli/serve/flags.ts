import type { ModelFlags } from '../model-options.js';

export interface ServeFlags extends Omit<ModelFlags, 'model'> {
  readonly model?: readonly string[];
  readonly modelThreads?: number;
  readonly port: number;
  readonly host: string;
  readonly batch: number;
  readonly batchWait: number;
  readonly running: number;
  readonly runningPixels: number;
  readonly queue: number;
  readonly timeout: number;
  readonly dataDir?: string;
  readonly maxBody: number;
  readonly uploadMemory: number;
  readonly headerTimeout: number;
  readonly idleTimeout: number;
  readonly uploadTimeout: number;
  readonly maxPixels: number;
  readonly maxSide: number;
  readonly maxConnections: number;
  readonly drain: number;
  readonly keys?: string;
  readonly rateLimit?: number;
  readonly cors?: readonly string[];
  readonly trustProxy: number;
  readonly fetchHost?: readonly string[];
  readonly fetchPrivate?: boolean;
  readonly fetchTimeout: number;
  readonly fetchRedirects: number;
  readonly sceneQueue: number;
  readonly sceneBody: number;
  readonly sceneUploadTimeout: number;
  readonly scenePixels: number;
  readonly sceneDisk: number;
  readonly sceneKeep: number;
  readonly logLevel: string;
}
