import { Argument, Command, Option } from 'commander';
import type { ReferenceEngineName } from '../../check-reference/check-reference.js';
import type { CheckReferenceFlags } from './flags.js';

const engines = [
  'cpu',
  'wasm',
  'webgpu',
  'tensorflow',
  'onnx',
] as const satisfies readonly ReferenceEngineName[];

/** `vil check-reference`: computes files of reference outputs and prints how far off the results are. */
export function checkReferenceCommand(): Command {
  return new Command('check-reference')
    .description('Compute reference files of the original code and print the largest errors.')
    .addArgument(new Argument('<files...>', 'safetensors files of an attention layer or a whole model'))
    .addOption(new Option('--engine <name>', 'what computes them').choices(engines).default('cpu' as const))
    .option('--json', 'print one JSON document instead of lines')
    .action(async (files: string[], flags: CheckReferenceFlags) =>
      (await import('./run.js')).checkReferenceFiles(files, flags),
    );
}
