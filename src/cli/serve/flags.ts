import type { ModelFlags } from '../model-options.js';

/** What `vil serve` is told, its limits apart: those are read by their tables. */
export interface ServeFlags extends Omit<ModelFlags, 'model'> {
  readonly model?: readonly string[];
  readonly modelThreads?: number;
  readonly port: number;
  readonly host: string;
  readonly batch: number;
  readonly batchWait: number;
  readonly dataDir?: string;
  readonly keys?: string;
  readonly rateLimit?: number;
  readonly cors?: readonly string[];
  readonly trustProxy: number;
  readonly fetchHost?: readonly string[];
  readonly fetchPrivate?: boolean;
  readonly fetchTimeout: number;
  readonly fetchRedirects: number;
  readonly logLevel: string;
}
