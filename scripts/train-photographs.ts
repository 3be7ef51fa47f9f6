/**
 * Fine-tunes on photographs and measures on their test split, resumably, for configurations of configs/photographs:
 * `npx tsx scripts/train-photographs.ts land-use-112 aircraft-224 [--data <image folder>] [--model <model folder>]`
 * [--epochs 2] [--seed 1] [--runs runs] [--results docs/benchmark/photographs] [--threads 2]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { trainOnPhotographs } from '../bench/photographs/train-on-photographs.js';
import { stopOnSignals } from '../src/cli/interrupt.js';
import { TrainingReporter } from '../src/cli/training-reporter.js';
import { classificationConfigSchema, readTrainingConfig } from '../src/train/config.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    model: { type: 'string' },
    epochs: { type: 'string' },
    seed: { type: 'string' },
    runs: { type: 'string', default: 'runs' },
    results: { type: 'string', default: 'docs/benchmark/photographs' },
    threads: { type: 'string', default: '2' },
  },
});
const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const { signal } = stopOnSignals();
const reporter = new TrainingReporter(process.stderr);
for (const name of positionals) {
  const config = await readTrainingConfig(join('configs', 'photographs', `${name}.json`), {
    data: values.data,
    model: values.model,
    epochs: numberOf(values.epochs),
    seed: numberOf(values.seed),
    threads: Number(values.threads),
  });
  const file = `${name}-seed${config.seed}`;
  const run = { ...classificationConfigSchema.parse(config), out: join(values.runs, file) };
  const result = await trainOnPhotographs(name, run, { signal, reporter });
  await mkdir(values.results, { recursive: true });
  await writeFile(join(values.results, `${file}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`${JSON.stringify({ name, validation: result.validation, test: result.test })}\n`);
}
