/**
 * Writes the learning curves of experiments beside their results, from the logs of their runs:
 * `npx tsx scripts/collect-curves.ts <name>... [--runs runs/experiments] [--out docs/benchmark/results/curves]`
 */
import { parseArgs } from 'node:util';
import { readExperiment } from '../bench/experiments/experiment.js';
import { writeCurves } from '../bench/experiments/learning-curve.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: 'runs/experiments' },
    out: { type: 'string', default: 'docs/benchmark/results/curves' },
  },
});
for (const name of positionals) await writeCurves(await readExperiment(name), values.runs, values.out);
