/**
 * Measures a model on the test images of a generator:
 * `npx tsx scripts/test-generated.ts [--model megapixel-mnist] [--canvas 1024] [--images 1000] [--size 224]`
 * [--generator needle] [--noise 23] [--on-top noise] [--threads 2]
 */
import { parseArgs } from 'node:util';
import { testModel } from '../bench/experiments/test-model.js';
import { generatorSchema } from '../datasets/generated/generator.js';
import { resolveModel } from '../src/checkpoint/resolve-model.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'megapixel-mnist' },
    generator: { type: 'string', default: 'megapixel-mnist' },
    canvas: { type: 'string', default: '1024' },
    noise: { type: 'string' },
    'on-top': { type: 'string' },
    images: { type: 'string', default: '1000' },
    size: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
});
const given = {
  generator: values.generator,
  canvas: Number(values.canvas),
  ...(values.noise !== undefined && { noise: Number(values.noise) }),
  ...(values['on-top'] !== undefined && { onTop: values['on-top'] }),
};
const scores = await testModel(resolveModel(values.model), generatorSchema.parse(given), {
  inputSize: Number(values.size ?? values.canvas),
  images: Number(values.images),
  threads: Number(values.threads),
  signal: new AbortController().signal,
});
process.stdout.write(`${JSON.stringify(scores)}\n`);
