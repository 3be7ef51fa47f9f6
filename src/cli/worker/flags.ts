import type { Device } from '../../runtime/session/device.js';

export interface WorkerFlags {
  readonly queue: string;
  readonly device?: Device;
  readonly threads?: number;
  readonly concurrency: number;
  readonly allow?: readonly string[];
}
