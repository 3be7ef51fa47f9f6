/**
 * Writes the learning curves of experiments beside their results, from the logs of their runs:
 * `npx tsx scripts/collect-curves.ts <name>... [--runs runs/experiments] [--out docs/benchmark/results/curves]`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readExperiment } from '../src/benchmark/experiments/experiment.js';
import { collectCurve } from '../src/benchmark/experiments/learning-curve.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: 'runs/experiments' },
    out: { type: 'string', default: 'docs/benchmark/results/curves' },
  },
});
await mkdir(values.out, { recursive: true });
for (const name of positionals) {
  const experiment = await readExperiment(name);
  for (const seed of experiment.seeds) {
    const curve = await collectCurve(experiment, seed, values.runs);
    if (curve.stages.length === 0) continue;
    await writeFile(join(values.out, `${name}-seed${seed}.json`), `${JSON.stringify(curve)}\n`);
  }
}
