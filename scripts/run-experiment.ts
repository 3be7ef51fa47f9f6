/**
 * Runs experiments of configs/experiments, resumably: `npx tsx scripts/run-experiment.ts <name>...`
 * [--out runs/experiments] [--threads 2] [--seeds 1,2]
 */
import { parseArgs } from 'node:util';
import { runExperiment } from '../bench/experiments/run-experiment.js';
import { TrainingReporter } from '../src/cli/training-reporter.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'runs/experiments' },
    threads: { type: 'string', default: '2' },
    seeds: { type: 'string' },
  },
});
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort()).once('SIGTERM', () => interruption.abort());

for (const name of positionals) {
  const results = await runExperiment(name, {
    out: values.out,
    threads: Number(values.threads),
    seeds: values.seeds?.split(',').map(Number),
    signal: interruption.signal,
    reporter: new TrainingReporter(process.stderr),
  });
  for (const { canvas, seed, accuracies } of results) {
    process.stdout.write(`${JSON.stringify({ name, canvas, seed, ...accuracies })}\n`);
  }
}
