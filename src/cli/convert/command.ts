import { Command, InvalidArgumentError, Option } from 'commander';
import { imageSize, positiveInteger } from '../options.js';
import type { ConvertFlags } from './flags.js';

/** `vil convert`: any checkpoint into a model folder. */
export function convertCommand(): Command {
  return new Command('convert')
    .description(
      'Convert a checkpoint (.safetensors, PyTorch .pth) into a model folder: the official Vision Longformer, or a ' +
        'vision transformer under the names of timm, Hugging Face, torchvision, mmpretrain or OpenCLIP: ViT, DeiT, DINOv2 and v3, ' +
        'CLIP, SigLIP, BEiT, EVA-02 and others. Its attention stays dense unless --window makes it a windowed model.',
    )
    .argument('<file>', 'checkpoint, or a folder of Hugging Face with one')
    .requiredOption('--out <folder>', 'model folder to write')
    .option(
      '--window <tokens>',
      'turn a ViT into a Vision Longformer with chunks of this side',
      positiveInteger,
    )
    .option(
      '--share-global-projections',
      'with --window: no separate projections for the global tokens; other transformers than plain ViTs have none anyway',
    )
    .option('--no-share-global-projections', 'with --window: separate projections for the global tokens')
    .addOption(
      new Option('--features', 'a model of features, without a classifier, for vil embed').conflicts(
        'newHead',
      ),
    )
    .option('--arch <stages>', 'architecture of a Vision Longformer, where the tensors do not show it')
    .option('--heads <count>', 'number of heads of a ViT, where its width does not tell', positiveInteger)
    .option('--image-size <pixels>', 'size to use it at, e.g. 448 or 400x640 (height x width)', imageSize)
    .option('--labels <file>', 'class names: a JSON array, or a text file with one a line')
    .option('--new-head', 'replace the classifier by an untrained one for the classes of --labels')
    .option('--seed <number>', 'seed of the untrained classifier', positiveInteger, 1)
    .option('--mean <numbers>', 'channel means, 0 to 1, e.g. 0.485,0.456,0.406', channels)
    .option('--std <numbers>', 'channel standard deviations', channels)
    .action(async (file: string, flags: ConvertFlags) => (await import('./run.js')).convert(file, flags));
}

function channels(text: string): [number, number, number] {
  const values = text.split(',').map(Number);
  const [red = Number.NaN, green = red, blue = red] = values;
  const valid =
    (values.length === 1 || values.length === 3) && [red, green, blue].every((value) => value >= 0);
  if (!valid) throw new InvalidArgumentError('It must be one number for all channels, or three.');
  return [red, green, blue];
}
