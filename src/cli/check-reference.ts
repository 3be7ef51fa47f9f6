import { Argument, Command, Option } from 'commander';
import type { ReferenceEngineName } from '../check-reference/check-reference.js';

const engines = [
  'cpu',
  'wasm',
  'webgpu',
  'tensorflow',
  'onnx',
] as const satisfies readonly ReferenceEngineName[];

interface CheckReferenceFlags {
  readonly engine: ReferenceEngineName;
  readonly json?: boolean;
}

/** `vil check-reference`: computes files of reference outputs and prints how far off the results are. */
export function checkReferenceCommand(): Command {
  return new Command('check-reference')
    .description('Compute reference files of the original code and print the largest errors.')
    .addArgument(new Argument('<files...>', 'safetensors files of an attention layer or a whole model'))
    .addOption(new Option('--engine <name>', 'what computes them').choices(engines).default('cpu' as const))
    .option('--json', 'print one JSON document instead of lines')
    .action(async (files: string[], flags: CheckReferenceFlags) =>
      (await import('./actions/check-reference.js')).checkReferenceFiles(files, flags),
    );
}
