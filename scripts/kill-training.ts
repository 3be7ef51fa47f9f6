/**
 * Kills a small training (kill -9) at random moments, runs it again each time, and compares the weights, moments and log that
 * it leaves in the end with those of a run that was left alone; prints one line of JSON:
 * `npx tsx scripts/kill-training.ts [--kills 20] [--seed 1]`
 */
import { parseArgs } from 'node:util';
import { randomStream } from '../src/base/random.js';
import { killTraining } from './kill/kill-training.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const random = randomStream(Number(values.seed));
const figures = await killTraining(Number(values.kills), random);
process.stdout.write(`${JSON.stringify({ figure: 'kill-training', ...figures, identical: true })}\n`);
