import { Command, InvalidArgumentError } from 'commander';
import type { ExportSize } from '../engine/export-model.js';

export interface ExportFlags {
  readonly model: string;
  readonly out: string;
  readonly size?: ExportSize;
}

/** `vil export`: a model as an ONNX file for other runtimes. */
export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Write a model as an ONNX file with its weights beside it, for any runtime that reads opset 21. ' +
        'The size of the images is fixed, the batch is open.',
    )
    .requiredOption('--model <name or folder>', 'model to export')
    .requiredOption('--out <folder>', 'folder for model.onnx and weights.bin')
    .option('--size <HxW>', 'height and width of the images in pixels; by default those of the model', size)
    .action(async (flags: ExportFlags) => (await import('./actions/export.js')).exportFiles(flags));
}

function size(text: string): ExportSize {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be height x width in pixels, as in 1024x768.');
  return { height: Number(match[1]), width: Number(match[2]) };
}
