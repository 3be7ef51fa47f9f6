import { createInterface } from 'node:readline';
import { createModel } from '../models/model-config.js';
import { readModelFolder } from '../src/checkpoint/model-folder.js';
import { TracedModel } from '../src/runtime/traced-model.js';

/*
 * Runs a model folder on noise of a size each time that a line comes in, and answers how long it took and the most memory
 * the process has had: for comparisons in turns with another program.
 */
const [path, side] = process.argv.slice(2) as [string, string];
const size = Number(side);
const { config, weights } = await readModelFolder(path);
const model = await TracedModel.open(createModel(config), weights);
const image = Float32Array.from({ length: 3 * size * size }, (_, index) => Math.sin(index * 12.9898) * 1.5);
await model.run({ image, batch: 1, height: size, width: size });
process.stdout.write(`ready: ${path} at ${size} x ${size}\n`);
for await (const _ of createInterface(process.stdin)) {
  const started = performance.now();
  await model.run({ image, batch: 1, height: size, width: size });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ seconds, peak: 1024 * process.resourceUsage().maxRSS })}\n`);
}
await model.close();
