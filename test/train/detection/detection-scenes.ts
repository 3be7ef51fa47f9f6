import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { SyntheticScene } from '../../helpers/synthetic/synthetic-scenes.js';

/** Labels in COCO's format, as the tests change them. */
export interface CocoLabels {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[];
  readonly categories: readonly { id: number; name: string }[];
  readonly annotations: readonly {
    id: number;
    image_id: number;
    category_id: number;
    bbox: readonly [number, number, number, number];
  }[];
}

export interface WrittenScenes {
  readonly folder: string;
  readonly labels: CocoLabels;
  /** Path of the file of labels. */
  readonly path: string;
}

/** Writes synthetic scenes with upright objects as PNG files, and their labels, into a temporary folder. */
export async function writeScenes(
  count: number,
  { width, height, density }: { readonly width: number; readonly height: number; readonly density?: number },
): Promise<WrittenScenes> {
  const folder = await mkdtemp(join(tmpdir(), 'vil-scenes-'));
  const scenes = Array.from(
    { length: count },
    (_, seed) => new SyntheticScene({ width, height, seed, density, turned: false }),
  );
  for (const [index, scene] of scenes.entries()) {
    const data = scene.read({ left: 0, top: 0, width, height });
    await sharp(data, { raw: { width, height, channels: 3 } }).toFile(join(folder, `${index}.png`));
  }
  const labels: CocoLabels = {
    images: scenes.map((_, id) => ({ id, file_name: `${id}.png`, width, height })),
    categories: scenes[0]!.labels.map((name, id) => ({ id, name })),
    annotations: scenes
      .flatMap((scene, image_id) => scene.objectsIn().map((object) => ({ image_id, object })))
      .map(({ image_id, object: { box, label } }, id) => {
        const [left, top, right, bottom] = box;
        return { id, image_id, category_id: label, bbox: [left, top, right - left, bottom - top] as const };
      }),
  };
  const path = join(folder, 'labels.json');
  await writeFile(path, JSON.stringify(labels));
  return { folder, labels, path };
}
