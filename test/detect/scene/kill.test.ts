import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProgramEnd } from '../../../scripts/kill/kill-and-resume.js';
import { killAndResume } from '../../../scripts/kill/kill-and-resume.js';
import { integer, randomStream } from '../../../src/base/random.js';
import { drawBlobs, randomBlobs } from './blobs.js';

const program = fileURLToPath(new URL('./scene-process.ts', import.meta.url));
const [width, height] = [1300, 900];

let folder: string;
let scene: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
  scene = join(folder, 'scene.tif');
  const band = drawBlobs(width, height, randomBlobs(width, height));
  const image = sharp(band, { raw: { width, height, channels: 1 } }).tiff({
    tile: true,
    compression: 'deflate',
  });
  await image.toFile(scene);
});
afterAll(() => rm(folder, { recursive: true }));

/** Takes some milliseconds for each tile, so that there is a middle to be killed in. */
function start(out: string, state: string) {
  const args = ['--import', import.meta.resolve('tsx'), program, scene, state, out, '15'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const finished = new Promise<ProgramEnd>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, finished };
}

it('killed at random moments and run again, loses no tile and ends with the same bytes', async () => {
  const [out, state] = [join(folder, 'killed.geojson'), join(folder, 'killed')];
  const random = randomStream(7);
  let asked = 0;
  const figures = await killAndResume({ start: () => start(out, state), out, state }, 4, (whole) =>
    // In turns while it starts or whenever, and soon after some tile.
    asked++ % 4 === 0
      ? { tiles: 0, milliseconds: random() * whole }
      : { tiles: 1 + integer(random, 8), milliseconds: integer(random, 40) },
  );
  expect(figures).toMatchObject({ kills: 4, tiles: 35 });
  expect(figures.killsWithTiles.some).toBeGreaterThanOrEqual(2);
});

it('notices when finished tiles are computed again', async () => {
  const [out, state] = [join(folder, 'again.geojson'), join(folder, 'again')];
  let starts = 0;
  const forgetful = () => {
    // The run after that which is killed finds nothing of it.
    if (++starts === 3) rmSync(state, { recursive: true });
    return start(out, state);
  };
  const moment = () => ({ tiles: 2, milliseconds: 0 });
  await expect(killAndResume({ start: forgetful, out, state }, 1, moment)).rejects.toThrow(
    /it took up 0 tiles of the \d+ that were finished/,
  );
});
