import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomStream } from '../../src/base/random.js';

/** Classes of the synthetic images, in the loader's order. */
export const syntheticClasses = ['blue', 'green', 'red'] as const;
const channels = { red: 0, green: 1, blue: 2 };

/** A noisy image in which one colour channel is brighter than the others. */
export async function writeImage(path: string, channel: number, seed: number, side = 24): Promise<void> {
  const random = randomStream(seed, channel);
  const data = Uint8Array.from({ length: side * side * 3 }, (_, index) => {
    return Math.floor(120 * random()) + (index % 3 === channel ? 110 : 0);
  });
  await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}

/** Writes splits of an image-folder data set into a new temporary folder and returns its path. */
export async function writeDataset(splits: Readonly<Record<string, number>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'vil-images-'));
  for (const [index, [split, perClass]] of Object.entries(splits).entries()) {
    for (const name of syntheticClasses) {
      const folder = join(root, split, name);
      await mkdir(folder, { recursive: true });
      for (let image = 0; image < perClass; image++) {
        await writeImage(join(folder, `${image}.png`), channels[name], 1000 * index + image);
      }
    }
  }
  return root;
}
