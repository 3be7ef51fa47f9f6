/**
 * Trains in a process of its own, to be killed: `train-process.ts <config.json>`. Prints a line for each step.
 */

import { readTrainingConfig } from '../../src/train/config.js';
import { runTraining } from '../../src/train/run-training.js';

const config = await readTrainingConfig(process.argv[2]!);
const reporter = {
  note: (line: string) => void process.stderr.write(`${line}\n`),
  step: ({ step }: { step: number }) => void process.stdout.write(`step ${step}\n`),
};
await runTraining(config, { signal: new AbortController().signal, reporter });
