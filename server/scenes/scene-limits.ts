import type { LimitRow, LimitValues } from '../limit-table.js';
import { defaultsOf } from '../limit-table.js';

/** What a server takes on in long jobs; all of it can be set by its operator. */
export const sceneLimits = {
  waiting: {
    flags: '--scene-queue <count>',
    unit: 'whole',
    default: 16,
    help: 'scenes that may wait, or be on their way here, besides the one that runs',
  },
  keyWaiting: {
    flags: '--key-scenes <count>',
    unit: 'whole',
    default: 8,
    help: 'scenes of one key that wait or run, where the key has no limit of its own',
  },
  bodyBytes: { flags: '--scene-body <bytes>', unit: 'whole', default: 2 * 2 ** 30, help: 'file of a scene' },
  uploadSeconds: {
    flags: '--scene-upload-timeout <seconds>',
    unit: 'number',
    default: 3600,
    help: 'upload of a scene',
  },
  pixels: { flags: '--scene-pixels <count>', unit: 'whole', default: 2e9, help: 'pixels of a scene' },
  diskBytes: {
    flags: '--scene-disk <bytes>',
    unit: 'whole',
    default: 20 * 2 ** 30,
    help: 'scenes, results and tiles on the disk',
  },
  keyDiskBytes: {
    flags: '--key-disk <bytes>',
    unit: 'whole',
    default: 10 * 2 ** 30,
    help: 'scenes, results and tiles of one key, where the key has no limit of its own',
  },
  keptSeconds: {
    flags: '--scene-keep <seconds>',
    unit: 'whole',
    default: 24 * 3600,
    help: 'time that finished scenes are kept',
  },
} as const satisfies Record<string, LimitRow>;

export type SceneLimits = LimitValues<typeof sceneLimits>;

export const defaultSceneLimits: SceneLimits = defaultsOf(sceneLimits);
