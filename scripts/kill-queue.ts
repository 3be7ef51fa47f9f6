/**
 * Kills workers and submitter of a queue (kill -9) at drawn moments, kills and restarts its server, cuts all connections for a
 * while, and compares what comes of the scene with what is found without a queue; prints one line of JSON:
 * `npx tsx scripts/kill-queue.ts [--kills 20] [--restarts 2] [--cuts 1] [--cut-seconds 30] [--seed 1]`
 *
 * Needs a redis-server (REDIS_SERVER=path where it is not /usr/bin/redis-server), which it starts itself on a free port, with a folder of its
 * own, and ends. A byte that differs, a tile that is lost or written down twice, ends it with an error.
 */
import { parseArgs } from 'node:util';
import { randomStream } from '../src/base/random.js';
import { killQueue } from './kill/kill-queue.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    restarts: { type: 'string', default: '2' },
    cuts: { type: 'string', default: '1' },
    'cut-seconds': { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
  },
});
const figures = await killQueue({
  kills: Number(values.kills),
  restarts: Number(values.restarts),
  cuts: Number(values.cuts),
  cutMilliseconds: 1000 * Number(values['cut-seconds']),
  draw: randomStream(Number(values.seed)),
});
process.stdout.write(`${JSON.stringify({ figure: 'kill-queue', ...figures, identical: true })}\n`);
