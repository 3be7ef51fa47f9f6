import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { loadModel } from '../detect/load.js';
import type { BenchmarkRow, Figures, MeasureOptions } from './row.js';
import { timed } from './timing.js';

/** A classifier of the package, with its trained weights as they are stored. */
const MODEL = 'land-use';
const SIDE = 256;

/** What somebody waits for who classifies one small image: the whole command, from its start to its end. */
export const coldStart: BenchmarkRow = {
  name: 'cold-start',
  description: `vil classify of one image of ${SIDE} x ${SIDE} by ${MODEL}: the whole command`,
  measure,
  summarise: ({ seconds, secondSeconds }) =>
    `${seconds!.toFixed(3)} s, an image by the model once loaded ${secondSeconds!.toFixed(3)} s`,
};

async function measure({ threads }: MeasureOptions): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'vil-cold-start-'));
  try {
    const image = join(folder, 'noise.jpg');
    const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
    const create = { width: SIDE, height: SIDE, channels: 3, background: 'grey', noise } as const;
    await sharp({ create }).jpeg().toFile(image);
    const classify = () => runProgram(['classify', image, '--model', MODEL, '--threads', String(threads)]);
    const seconds = await timed(classify);
    return { seconds, secondSeconds: await secondImage(image, threads), threads };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function secondImage(image: string, threads: number): Promise<number> {
  const model = await loadModel(MODEL, { threads });
  await model.classify(image);
  const seconds = await timed(() => model.classify(image));
  await model.close();
  return seconds;
}

/** Runs `vil`, built or in a source tree. */
async function runProgram(args: readonly string[]): Promise<void> {
  const built = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  const program = existsSync(built) ? [built] : ['--import', 'tsx', built.replace(/js$/, 'ts')];
  await promisify(execFile)(process.execPath, [...program, ...args]);
}
