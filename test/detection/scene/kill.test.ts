import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { integer, randomStream } from '../../../src/training/random.js';
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

/** Runs the process; with `lines`, kills it so many milliseconds after it has reported so much. */
function run(state: string, out: string, kill?: { readonly lines: number; readonly after: number }) {
  const args = ['--import', import.meta.resolve('tsx'), program, scene, state, out, kill ? '15' : '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += data;
    if (kill && stdout.split('\n').length > kill.lines) setTimeout(() => child.kill('SIGKILL'), kill.after);
  });
  return new Promise<{ stdout: string; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (_code, signal) => resolve({ stdout, signal }));
  });
}

it('killed at random moments and run again, ends with the same bytes', async () => {
  const whole = join(folder, 'whole.geojson');
  await run(join(folder, 'whole'), whole);
  const [state, out] = [join(folder, 'killed'), join(folder, 'killed.geojson')];
  const random = randomStream(7);
  let kills = 0;
  for (let attempt = 0; attempt < 5; attempt++) {
    const { signal } = await run(state, out, { lines: 1 + integer(random, 4), after: integer(random, 40) });
    if (signal !== 'SIGKILL') break;
    kills++;
    // Nothing half-written is ever taken for the result.
    expect(existsSync(out)).toBe(false);
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  const { stdout } = await run(state, out);
  const { tiles, resumedTiles } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect(resumedTiles).toBeGreaterThanOrEqual(3);
  expect(await readFile(out)).toEqual(await readFile(whole));
  const [journal] = await readdir(state);
  const lines = (await readFile(join(state, journal!), 'utf8')).trim().split('\n');
  const numbers = lines.slice(1).map((line) => JSON.parse(line).tile as number);
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: tiles }, (_, index) => index));
});
