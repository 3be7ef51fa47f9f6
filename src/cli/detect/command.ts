import type { Command as CommandType } from 'commander';
import { Command, InvalidArgumentError, Option } from 'commander';
import { withModelOptions } from '../model-options.js';
import { nonNegativeInteger, numberBetween, numberPair, positiveInteger } from '../options.js';
import { queueOption } from '../queue-option.js';
import type { DetectFlags } from './flags.js';

/** `vil detect`: objects in scenes of any size. */
export function detectCommand(): CommandType {
  const command = new Command('detect')
    .description(
      'Find objects in scenes of any size, tile by tile. Ended in the middle, the same command goes on where it was. ' +
        'Exits with 1 when a scene failed, after the others.',
    )
    .argument(
      '[scenes...]',
      'images, GeoTIFFs, folders, http(s) addresses of GeoTIFFs; a.tif,b.tif: a band each',
    )
    .requiredOption('--out <path>', 'what to write; for several scenes a folder');
  return withModelOptions(withOutputOptions(withSceneOptions(command)), 'aircraft').action(
    async (scenes: string[], flags: DetectFlags) => (await import('./run.js')).detect(scenes, flags),
  );
}

function withSceneOptions(command: CommandType): CommandType {
  return command
    .option('--threshold <score>', 'lowest score, 0 to 1 (default: the model’s own)', numberBetween(0, 1))
    .option(
      '--tile <pixels>',
      'side of a tile (default: what the memory allows, 1024 to 8192)',
      positiveInteger,
    )
    .option(
      '--overlap <pixels>',
      'what tiles share: more than the largest object (default: the model’s, 256 or more)',
      nonNegativeInteger,
    )
    .addOption(
      new Option('--merge <method>', 'of boxes across seams')
        .choices(['nms', 'wbf', 'nmm', 'none'])
        .default('nms'),
    )
    .option(
      '--merge-overlap <share>',
      'from which boxes are one object (default: the method’s own)',
      numberBetween(0, 1),
    )
    .option('--class-agnostic', 'merge boxes of different classes too')
    .option(
      '--bands <list>',
      'band numbers of red, green and blue, from 1, as in 4,3,2 (default: 1,2,3)',
      bandList,
    )
    .option('--bands-from <files...>', 'files with the bands of one scene, in the order red, green, blue')
    .option('--range <low,high>', 'samples that become black and white', numberPair)
    .option(
      '--percentile <low,high>',
      'black and white by share of pixels (default beyond 8 bits: 2,98)',
      numberPair,
    )
    .option(
      '--memory <gigabytes>',
      'what a pass of the model may take (default: 2)',
      numberBetween(0.1, 1000),
    )
    .option('--pixel-limit <count>', 'refuse scenes with more pixels (default: 2^36)', positiveInteger);
}

function withOutputOptions(command: CommandType): CommandType {
  const formats = ['geojson', 'coco', 'csv', 'yolo'];
  return command
    .addOption(
      new Option('--format <name>', 'of the output (default: by its ending, or geojson)').choices(formats),
    )
    .addOption(
      new Option('--crs <name>', 'coordinates to write: longitude and latitude, the file’s own, or pixels')
        .choices(['wgs84', 'source', 'pixel'])
        .default('wgs84'),
    )
    .option(
      '--source-crs <system>',
      'reference system of the scene, if its file names none or a wrong one: a code, PROJ string, WKT or PROJJSON',
    )
    .option('--overview <path>', 'also draw the scene with its boxes, as PNG; for several scenes a folder')
    .option(
      '--state <folder>',
      'where finished tiles are kept; stays (default: beside the output, until it is done)',
    )
    .addOption(queueOption('have tiles done by "vil worker" on any machines: redis://host:port'))
    .option('--json', 'print a line of JSON for each scene');
}

/** Numbers from 1, as GDAL counts bands, to indices. */
function bandList(text: string): number[] {
  const numbers = text.split(',').map(positiveInteger);
  if (numbers.length !== 1 && numbers.length !== 3)
    throw new InvalidArgumentError('It must be one band or three.');
  return numbers.map((number) => number - 1);
}
