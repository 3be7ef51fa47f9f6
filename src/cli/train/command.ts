import { Command } from 'commander';
import type { TrainFlags } from './flags.js';

const description = `Train or fine-tune a classifier or a detector.

The configuration names the data (a folder with one folder a split, each with one folder a class; labelled images
for a detector), the model folder to start from and all settings; configs/ has examples, docs/training.md and
docs/detection.md explain them.
A run continues by itself from the checkpoint in its output folder. Ctrl-C saves and stops.`;

/** `vil train <config.json>` */
export function trainCommand(): Command {
  return new Command('train')
    .description(description)
    .argument('<config>', 'training configuration, a JSON file')
    .option('--data <folder>', "instead of the configuration's `data`")
    .option('--model <folder>', "instead of the configuration's `model`")
    .option('--out <folder>', "instead of the configuration's `out`")
    .option('--threads <number>', 'threads that ONNX Runtime computes on', Number)
    .option('--fresh', 'start over instead of continuing from the checkpoint')
    .action(async (config: string, flags: TrainFlags) => (await import('./run.js')).train(config, flags));
}
