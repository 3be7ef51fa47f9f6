import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExportSize } from '../../export/export-model.js';
import { positiveInteger } from '../options.js';
import type { ExportFlags } from './flags.js';

/** `vil export`: a model as an ONNX file for other runtimes. */
export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Write a model as an ONNX file with its weights beside it, for any runtime that reads opset 21. ' +
        'The size of the images is fixed, the batch is open. With --target triton a whole model repository, as Triton ' +
        'Inference Server and KServe serve it; with --target stac-mlm a STAC item of the Machine Learning Model extension beside it.',
    )
    .requiredOption('--model <name or folder>', 'model to export')
    .requiredOption('--out <folder>', 'folder for model.onnx and weights.bin, or of the model repository')
    .option('--size <HxW>', 'height and width of the images in pixels; by default those of the model', size)
    .addOption(
      new Option(
        '--int8',
        'products with weights in eight bits (QDQ), for runtimes that compute in them; needs --calibrate',
      ).conflicts('target'),
    )
    .option(
      '--calibrate <images...>',
      'images or folders of them that set the ranges of --int8, such as the model sees',
    )
    .addOption(
      new Option('--target <name>', 'who is to run it')
        .choices(['onnx', 'triton', 'stac-mlm'])
        .default('onnx'),
    )
    .addOption(
      new Option('--max-batch <count>', 'images in a pass at most, of Triton')
        .argParser(positiveInteger)
        .default(8),
    )
    .action(async (flags: ExportFlags) => (await import('./run.js')).exportFiles(flags));
}

function size(text: string): ExportSize {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be height x width in pixels, as in 1024x768.');
  return { height: Number(match[1]), width: Number(match[2]) };
}
