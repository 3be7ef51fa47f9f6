/**
 * Writes the labels of the images that a detection run held out of training, for choosing a threshold on them:
 * `npx tsx scripts/held-out-labels.ts configs/aircraft.json --labels <its labels in COCO's format> --out held-out.json`
 * and then `vil evaluate --model aircraft --data held-out.json --images <folder>`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readAnnotations } from '../datasets/annotations/read-annotations.js';
import { readTrainingConfig } from '../src/train/config.js';
import { heldOut } from '../src/train/detection/splits.js';

const cocoSchema = z.looseObject({
  images: z.array(z.looseObject({ id: z.number(), file_name: z.string() })),
  annotations: z.array(z.looseObject({ image_id: z.number() })),
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { labels: { type: 'string' }, out: { type: 'string' } },
});
const [path] = positionals;
if (path === undefined || values.out === undefined) throw new Error('give a configuration and --out');
const config = await readTrainingConfig(path);
if (config.task !== 'detection' || config.validation) throw new Error(`${path} holds no images out itself`);

const labels = values.labels ?? config.data.labels;
const { validation } = heldOut(await readAnnotations(labels), config.validationShare, config.seed);
const names = new Set(validation.images.map((image) => basename(image.path)));
const coco = cocoSchema.parse(JSON.parse(await readFile(labels, 'utf8')));
const images = coco.images.filter(({ file_name }) => names.has(basename(file_name)));
const ids = new Set(images.map(({ id }) => id));
const annotations = coco.annotations.filter(({ image_id }) => ids.has(image_id));
await writeFile(values.out, JSON.stringify({ ...coco, images, annotations }));
console.log(`${images.length} images, ${annotations.length} objects`);
