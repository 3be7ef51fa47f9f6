/**
 * Kills `vil detect` (kill -9) at random moments, runs it again each time, and compares the bytes that it writes in the end
 * with those of a run that was left alone; prints one line of JSON:
 * `npx tsx scripts/kill-scene.ts --scene tile.jpg [--model aircraft] [--tile 512] [--overlap 64] [--kills 20] [--seed 1]`
 *
 * The moments are drawn evenly over the time that a run takes which is left alone, from the start of the process to its
 * end: before the first tile, in the middle of one, while the output is written. A run that ends before its moment is
 * compared too, and the next one starts anew. A byte that differs, a tile that is lost or computed again, ends it with an
 * error.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomStream } from '../src/base/random.js';
import { startCli } from '../test/cli/run-cli.js';
import { killAndResume } from './kill/kill-and-resume.js';

const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
    model: { type: 'string', default: 'aircraft' },
    tile: { type: 'string', default: '512' },
    overlap: { type: 'string', default: '64' },
    threads: { type: 'string', default: '1' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const { scene, model, tile, overlap, threads } = values;
if (scene === undefined) throw new Error('Name a scene: --scene tile.jpg');

const folder = await mkdtemp(join(tmpdir(), 'kill-scene-'));
const [out, state] = [join(folder, 'found.geojson'), join(folder, 'state')];
const options = [
  '--model',
  model,
  '--tile',
  tile,
  '--overlap',
  overlap,
  '--threads',
  threads,
  '--crs',
  'pixel',
];
const random = randomStream(Number(values.seed));
try {
  const start = () => startCli('detect', scene, '--out', out, '--state', state, '--json', ...options);
  const figures = await killAndResume({ start, out, state }, Number(values.kills), (whole) => ({
    tiles: 0,
    milliseconds: random() * whole,
  }));
  const seconds = Math.round(10 * figures.seconds) / 10;
  const line = { figure: 'kill', model, scene: basename(scene), tileSize: Number(tile), ...figures, seconds };
  process.stdout.write(`${JSON.stringify({ ...line, identical: true })}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
