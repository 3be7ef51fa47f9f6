/**
 * A worker that finds blobs, in a process of its own, to be killed:
 * `worker-process.ts <address> <milliseconds a tile>`. A tile with a pixel of the colour of poison ends it.
 */

import type { DetectorTile } from '../../../src/detect/detector.js';
import { connectQueueServer } from '../../../src/detect/queue/redis.js';
import { TileWorker } from '../../../src/detect/queue/tile-worker.js';
import { BlobDetector } from '../scene/blobs.js';

const [address, delay] = process.argv.slice(2) as [string, string];

class DeadlyDetector extends BlobDetector {
  override async detect(tile: DetectorTile, options = {}) {
    process.stdout.write('taken\n');
    if (tile.data.includes(255)) process.kill(process.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, Number(delay)));
    return super.detect(tile, options);
  }
}

const server = await connectQueueServer(address);
const worker = new TileWorker({
  server,
  loadDetector: async () => new DeadlyDetector(),
  concurrency: 1,
  secret: process.env.VIL_QUEUE_SECRET,
  lockMilliseconds: 1000,
});
process.stdout.write('ready\n');
process.once('SIGTERM', async () => {
  await worker.close();
  await server.close();
});
