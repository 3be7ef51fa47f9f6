import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { SceneOptions } from './synthetic-scenes.js';
import { SyntheticScene } from './synthetic-scenes.js';

/**
 * Writes synthetic scenes with their oriented boxes in DOTA's layout: `images/<seed>.png`, `labelTxt/<seed>.txt`.
 * @param folder made if it does not exist
 * @param seeds one scene each
 */
export async function writeDotaScenes(
  folder: string,
  seeds: Iterable<number>,
  options: Omit<SceneOptions, 'seed'>,
): Promise<void> {
  const { width, height } = options;
  await mkdir(join(folder, 'images'), { recursive: true });
  await mkdir(join(folder, 'labelTxt'), { recursive: true });
  for (const seed of seeds) {
    const scene = new SyntheticScene({ ...options, seed });
    const pixels = scene.read({ left: 0, top: 0, width, height });
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    await image.toFile(join(folder, 'images', `${seed}.png`));
    const lines = scene
      .objectsIn()
      .map(({ polygon, label }) => `${polygon!.join(' ')} ${scene.labels[label]} 0\n`);
    await writeFile(join(folder, 'labelTxt', `${seed}.txt`), lines.join(''));
  }
}
