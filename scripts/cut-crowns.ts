/**
 * Cuts the labelled photograph of tree crowns into a strip to train on and one to validate on, with labels in COCO's format:
 * `npx tsx scripts/cut-crowns.ts <photograph.png with its .xml beside it> <out>`
 *
 * One photograph is all there is, so that validation is a neighbour of training: its figures choose, and prove nothing. A crown that
 * the cut divides belongs to each strip that shows at least 35 % of it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { XMLParser } from 'fast-xml-parser';
import sharp from 'sharp';
import { z } from 'zod';

const leastVisible = 0.35;
/** First row and last row but one of each strip. */
const strips = { train: [0, 2060], val: [2060, 2472] } as const;

const box = z.object({
  xmin: z.coerce.number(),
  ymin: z.coerce.number(),
  xmax: z.coerce.number(),
  ymax: z.coerce.number(),
});
const vocSchema = z.object({ annotation: z.object({ object: z.array(z.object({ bndbox: box })) }) });

const { positionals } = parseArgs({ allowPositionals: true });
const [photograph, out] = positionals;
if (photograph === undefined || out === undefined)
  throw new Error('give the photograph and a folder to write to');
const labels = await readFile(photograph.replace(/\.\w+$/, '.xml'), 'utf8');
const { object: crowns } = vocSchema.parse(new XMLParser().parse(labels)).annotation;
const { width } = await sharp(photograph).metadata();

await mkdir(out, { recursive: true });
for (const [name, [from, to]] of Object.entries(strips)) {
  const file_name = `${basename(photograph).replace(/\.\w+$/, '')}-${name}.png`;
  const area = { left: 0, top: from, width, height: to - from };
  await sharp(photograph).removeAlpha().extract(area).png().toFile(join(out, file_name));
  const annotations = crowns.flatMap(({ bndbox: { xmin, ymin, xmax, ymax } }, at) => {
    const [top, bottom] = [Math.max(ymin, from), Math.min(ymax, to)];
    if (bottom - top < leastVisible * (ymax - ymin)) return [];
    const bbox = [xmin, top - from, xmax - xmin, bottom - top];
    return [
      { id: at + 1, image_id: 1, category_id: 1, bbox, area: (xmax - xmin) * (bottom - top), iscrowd: 0 },
    ];
  });
  const images = [{ id: 1, file_name, width, height: to - from }];
  const coco = { images, annotations, categories: [{ id: 1, name: 'tree' }] };
  await writeFile(join(out, `${name}.json`), JSON.stringify(coco));
  console.log(`${name}: ${annotations.length} crowns`);
}
