/**
 * Draws one generated image as a PNG and prints its answers:
 * `npx tsx scripts/draw-scene.ts scene.png [--canvas 1024] [--index 0] [--split test] [--seed 0] [--generator needle]`
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { dataSplits } from '../datasets/digits/mnist.js';
import { generateImage, generatorSchema, tasksOf } from '../datasets/generated/generator.js';
import { sliceOf } from '../models/label-task.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    generator: { type: 'string', default: 'megapixel-mnist' },
    canvas: { type: 'string', default: '1024' },
    index: { type: 'string', default: '0' },
    split: { type: 'string', default: 'test' },
    seed: { type: 'string', default: '0' },
  },
});
const settings = generatorSchema.parse({ generator: values.generator, canvas: Number(values.canvas) });
const split = dataSplits.find((name) => name === values.split) ?? 'test';
const { canvas, target } = generateImage(settings, Number(values.seed), split, Number(values.index));
const raw = { width: canvas.side, height: canvas.side, channels: 1 } as const;
await sharp(canvas.pixels, { raw })
  .png({ compressionLevel: 9, palette: false })
  .toFile(positionals[0] ?? 'scene.png');

const tasks = tasksOf(settings);
for (const { name, labels } of tasks) {
  const { from, to } = sliceOf(tasks, name);
  const answers = labels.filter((_, label) => target.slice(from, to)[label] === 1);
  process.stdout.write(`${name}: ${answers.join(', ')}\n`);
}
