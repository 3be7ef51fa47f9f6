/**
 * Cuts annotated tiles into an image folder of crops, sorted by how many aircraft they show:
 * `npx tsx scripts/cut-aircraft.ts <folder with train.json, test.json and the tiles> <out> [--side 640]`
 *
 * An aircraft belongs to the crop that its centre lies in. Every seventh training tile is for validation.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';

const cocoSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string(), width: z.number(), height: z.number() })),
  annotations: z.array(
    z.object({ image_id: z.number(), bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]) }),
  ),
});
type Coco = z.infer<typeof cocoSchema>;
type Tile = Coco['images'][number];

/** Class of a crop with so many aircraft. */
function className(aircraft: number): string {
  return aircraft === 0 ? 'none' : aircraft <= 3 ? 'one-to-three' : 'four-or-more';
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { side: { type: 'string', default: '640' } },
});
const [data, out] = positionals;
if (data === undefined || out === undefined)
  throw new Error('give the folder of the tiles and one to write to');
const side = Number(values.side);

async function cutTile(
  tile: Tile,
  boxes: readonly Coco['annotations'][number][],
  split: string,
): Promise<void> {
  const centres = boxes.map(
    ({ bbox: [left, top, width, height] }) => [left + width / 2, top + height / 2] as const,
  );
  // Decoded once: every crop of a file would decode it anew.
  const { data: pixels, info } = await sharp(join(data!, tile.file_name))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  for (let top = 0; top + side <= tile.height; top += side) {
    for (let left = 0; left + side <= tile.width; left += side) {
      const isInside = ([x, y]: readonly [number, number]) =>
        x >= left && x < left + side && y >= top && y < top + side;
      const folder = join(out!, split, className(centres.filter(isInside).length));
      await mkdir(folder, { recursive: true });
      await sharp(pixels, { raw })
        .extract({ left, top, width: side, height: side })
        .jpeg({ quality: 92 })
        .toFile(join(folder, `${tile.file_name.replace(/\.\w+$/, '')}-${top}-${left}.jpg`));
    }
  }
}

for (const file of ['train', 'test']) {
  const coco = cocoSchema.parse(JSON.parse(await readFile(join(data, `${file}.json`), 'utf8')));
  for (const [index, tile] of coco.images.entries()) {
    const boxes = coco.annotations.filter(({ image_id }) => image_id === tile.id);
    await cutTile(tile, boxes, file === 'train' && index % 7 === 6 ? 'val' : file);
  }
}
