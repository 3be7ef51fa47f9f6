import type { Command as CommandType } from 'commander';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FirstLookChoice } from '../../detect/scene/first-look.js';
import { withModelOptions } from '../model-options.js';
import {
  nonNegativeInteger,
  numberBetween,
  numberPair,
  positiveInteger,
  positiveNumber,
} from '../options.js';
import { queueOption } from '../queue-option.js';
import type { DetectFlags } from './flags.js';

/** `vil detect`: objects in scenes of any size. */
export function detectCommand(): CommandType {
  const command = new Command('detect')
    .description(
      'Find objects in scenes of any size, tile by tile. After an interruption the same command resumes. ' +
        'When a scene fails, the others are still done, and the exit code is 1.',
    )
    .argument(
      '[scenes...]',
      'images, GeoTIFFs, folders, addresses of GeoTIFFs, STAC items and collections; a.tif,b.tif: a band each',
    )
    .requiredOption(
      '--out <path>',
      'what to write: .geojson, .gpkg, .fgb, .parquet, .shp, .kml, .csv, .json (COCO), .txt (YOLO); for several scenes one of ' +
        'these with all of them, or a folder',
    );
  return withModelOptions(withOutputOptions(withChoices(withSceneOptions(command))), 'aircraft').action(
    async (scenes: string[], flags: DetectFlags) => (await import('./run.js')).detect(scenes, flags),
  );
}

function withSceneOptions(command: CommandType): CommandType {
  return command
    .option('--threshold <score>', 'lowest score, 0 to 1 (default: the model’s own)', numberBetween(0, 1))
    .option(
      '--first-look <choice>',
      'look at a scene reduced first, and in full only where that cannot exclude an object: on, off, or a score from 0 to 1 ' +
        'instead of the model’s own (default: off)',
      firstLookChoice,
    )
    .option(
      '--tile <pixels>',
      'side of a tile (default: what the memory allows, 1024 to 8192)',
      positiveInteger,
    )
    .option(
      '--overlap <pixels>',
      'pixels that neighbouring tiles share, more than the largest object has (default: the model’s own, at least 256)',
      nonNegativeInteger,
    )
    .addOption(
      new Option('--merge <method>', 'how boxes found by neighbouring tiles are merged')
        .choices(['nms', 'wbf', 'nmm', 'none'])
        .default('nms'),
    )
    .option(
      '--merge-overlap <share>',
      'overlap from which two boxes count as one object (default: the method’s own)',
      numberBetween(0, 1),
    )
    .option('--class-agnostic', 'merge boxes of different classes too')
    .option(
      '--bands <list>',
      'band numbers of red, green and blue, from 1, as in 4,3,2 (default: 1,2,3)',
      bandList,
    )
    .option('--bands-from <files...>', 'files with the bands of one scene, in the order red, green, blue')
    .option(
      '--asset <names>',
      'asset of a STAC item to look at, or several with a band each, as in red,green,blue (default: by its role, visual or data)',
      nameList,
    )
    .option('--range <low,high>', 'samples that become black and white', numberPair)
    .option(
      '--percentile <low,high>',
      'black and white by share of pixels (default beyond 8 bits: 2,98)',
      numberPair,
    )
    .option(
      '--gsd <metres>',
      'metres on the ground that a pixel of the scene covers (default: what the file says)',
      positiveNumber,
    )
    .option(
      '--no-resample',
      'leave scenes at their own resolution, even where the model learned from another',
    )
    .option(
      '--memory <gigabytes>',
      'what a pass of the model may take (default: 2)',
      numberBetween(0.1, 1000),
    )
    .option('--pixel-limit <count>', 'refuse scenes with more pixels (default: 2^36)', positiveInteger);
}

function withChoices(command: CommandType): CommandType {
  return command
    .optionsGroup('Where to look and what to keep:')
    .option('--aoi <file>', 'GeoJSON polygons: only the part of the scene within them is read and searched')
    .option(
      '--aoi-crs <code>',
      'reference system of the polygons, or source, or pixel (default: what the file says, else longitude and latitude)',
    )
    .option(
      '--bounds <xmin,ymin,xmax,ymax>',
      'a rectangle instead, in the coordinates that --crs names: longitude and latitude, the scene’s own, or pixels',
      fourNumbers,
    )
    .option('--classes <names>', 'of these classes only, as in car,bus', nameList)
    .option('--min-size <metres>', 'longer side of an object at least', positiveNumber)
    .option('--max-size <metres>', 'longer side of an object at most', positiveNumber)
    .option(
      '--max-objects <count>',
      'at most this many objects a scene, those with the best scores',
      positiveInteger,
    )
    .optionsGroup('Options:');
}

function firstLookChoice(text: string): FirstLookChoice {
  if (text === 'on' || text === 'off') return text === 'on';
  const score = text.trim() === '' ? Number.NaN : Number(text);
  if (score >= 0 && score <= 1) return score;
  throw new InvalidArgumentError('It must be on, off, or a score from 0 to 1.');
}

function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It must be names with commas.');
  return names;
}

function fourNumbers(text: string): [number, number, number, number] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [left, bottom, right, top] = numbers as [number, number, number, number];
  if (numbers.length === 4 && numbers.every(Number.isFinite) && left < right && bottom < top) {
    return [left, bottom, right, top];
  }
  throw new InvalidArgumentError(
    'It must be four numbers, xmin,ymin,xmax,ymax, the first of each pair the smaller.',
  );
}

function withOutputOptions(command: CommandType): CommandType {
  const formats = ['geojson', 'coco', 'csv', 'yolo', 'gpkg', 'flatgeobuf', 'parquet', 'shapefile', 'kml'];
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
    .option(
      '--height <metres>',
      'of the ground above the ellipsoid, for scenes placed by rational polynomials (default: their mean)',
      numberBetween(-500, 9000),
    )
    .option('--overview <path>', 'also draw the scene with its boxes, as PNG; for several scenes a folder')
    .option(
      '--state <folder>',
      'folder that keeps finished tiles, and is not removed (default: one beside the output, removed at the end)',
    )
    .addOption(queueOption('let "vil worker" processes, on any machine, run the tiles: redis://host:port'))
    .option('--json', 'print a line of JSON for each scene');
}

/** Numbers from 1, as GDAL counts bands, to indices. */
function bandList(text: string): number[] {
  const numbers = text.split(',').map(positiveInteger);
  if (numbers.length !== 1 && numbers.length !== 3)
    throw new InvalidArgumentError('It must be one band or three.');
  return numbers.map((number) => number - 1);
}
