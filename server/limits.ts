import type { LimitRow, LimitValues } from './limit-table.js';
import { defaultsOf } from './limit-table.js';

/** What a server takes on; all of it can be set by its operator. */
export const serverLimits = {
  running: { flags: '--running <count>', unit: 'whole', default: 8, help: 'requests worked on at a time' },
  runningPixels: {
    flags: '--running-pixels <count>',
    unit: 'whole',
    default: 2 ** 24,
    help: 'pixels of the images worked on at a time; a larger one is worked on alone',
  },
  queueLength: {
    flags: '--queue <count>',
    unit: 'whole',
    default: 64,
    help: 'requests that may wait for a model, besides those worked on; more are answered with 503',
  },
  seconds: {
    flags: '--timeout <seconds>',
    unit: 'whole',
    default: 120,
    help: 'from a request to its answer, scenes and uploads apart',
  },
  held: {
    flags: '--hold <count>',
    unit: 'whole or none',
    default: 64,
    help: 'requests held while the models are being loaded; more are answered with 503',
  },
  holdSeconds: {
    flags: '--hold-timeout <seconds>',
    unit: 'number',
    default: 30,
    help: 'longest hold',
  },
  bodyBytes: { flags: '--max-body <bytes>', unit: 'whole', default: 64 * 2 ** 20, help: 'body of a request' },
  uploadMemory: {
    flags: '--upload-memory <bytes>',
    unit: 'whole',
    default: 512 * 2 ** 20,
    help: 'bodies in memory, all requests together',
  },
  headerSeconds: {
    flags: '--header-timeout <seconds>',
    unit: 'number',
    default: 15,
    help: 'headers of a request',
  },
  idleSeconds: { flags: '--idle-timeout <seconds>', unit: 'number', default: 10, help: 'pause of an upload' },
  uploadSeconds: {
    flags: '--upload-timeout <seconds>',
    unit: 'number',
    default: 60,
    help: 'upload as a whole',
  },
  pixels: { flags: '--max-pixels <count>', unit: 'whole', default: 100e6, help: 'pixels of an image' },
  side: { flags: '--max-side <pixels>', unit: 'whole', default: 65_535, help: 'longer side of an image' },
  connections: {
    flags: '--max-connections <count>',
    unit: 'whole',
    default: 1024,
    help: 'connections open at a time; more are closed at once',
  },
  drainSeconds: {
    flags: '--drain <seconds>',
    unit: 'whole',
    default: 30,
    help: 'time that requests under way have at `SIGTERM`',
  },
} as const satisfies Record<string, LimitRow>;

export type ServerLimits = LimitValues<typeof serverLimits>;

export const defaultLimits: ServerLimits = defaultsOf(serverLimits);
