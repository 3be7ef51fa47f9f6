/**
 * Trains a detector of oriented boxes on synthetic scenes whose boxes are exactly known, and scores it on scenes that it has
 * not seen; prints one line of JSON: `npx tsx scripts/train-oriented.ts [--config configs/oriented-synthetic.json]`
 *
 * Writes the scenes where the configuration looks for them, and those of the test beside them. Resumable, as `vil train`.
 */
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { scoreModel } from '../src/cli/evaluate/detection.js';
import { TrainingReporter } from '../src/cli/training-reporter.js';
import { loadDetector } from '../src/detect/load.js';
import { readTrainingConfig } from '../src/train/config.js';
import { bestModelFolder } from '../src/train/run-folder.js';
import { runTraining } from '../src/train/run-training.js';
import { writeDotaScenes } from '../test/helpers/synthetic/write-dota.js';

const { values } = parseArgs({
  options: { config: { type: 'string', default: 'configs/oriented-synthetic.json' } },
});
const config = await readTrainingConfig(values.config);
if (config.task !== 'detection' || !config.validation)
  throw new Error(`${values.config} trains no such detector`);

const size = { width: 672, height: 672, density: 1 };
const test = join(dirname(config.data.labels), 'test');
const seeds = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
await writeDotaScenes(config.data.labels, seeds(1, 40), size);
await writeDotaScenes(config.validation.labels, seeds(1001, 4), size);
await writeDotaScenes(test, seeds(2001, 20), { ...size, density: 0.5 });

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort()).once('SIGTERM', () => interruption.abort());
const reporter = new TrainingReporter(process.stderr);
const { step, seconds } = await runTraining(config, { signal: interruption.signal, reporter });
interruption.signal.throwIfAborted();

const model = join(config.out, bestModelFolder);
const { images, objects, oriented, oriented75 } = await scoreModel({ model, data: test }, () =>
  loadDetector(model, { threads: config.threads }),
);
const classes = oriented!.classes.map(({ name, objects, AP }, index) => {
  return { name, objects, AP50: AP, AP75: oriented75!.classes[index]!.AP };
});
const means = { mAP50: oriented!.mAP, mAP75: oriented75!.mAP };
const line = {
  figure: 'oriented',
  steps: step,
  seconds: Math.round(seconds),
  images,
  objects,
  ...means,
  classes,
};
process.stdout.write(`${JSON.stringify(line)}\n`);
