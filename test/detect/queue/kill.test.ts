import { describe, expect, it } from 'vitest';
import { killQueue } from '../../../scripts/kill/kill-queue.js';
import { randomStream } from '../../../src/base/random.js';
import { missingRedis } from '../../helpers/redis.js';

describe.skipIf(missingRedis)('a queue', () => {
  it('whose workers, submitter, server and connections end at drawn moments, finds the same', async () => {
    const disturbances = { kills: 3, restarts: 1, cuts: 1, cutMilliseconds: 2000 };
    const figures = await killQueue({ ...disturbances, draw: randomStream(3) });
    expect(figures.kills.submitter + figures.kills.worker).toBe(3);
    expect(figures).toMatchObject({ restarts: 1, cuts: 1, tiles: 35 });
    expect(figures.finishedRuns).toBeGreaterThanOrEqual(1);
  }, 300_000);
});
