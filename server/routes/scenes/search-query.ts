import { z } from 'zod';
import { UserError } from '../../../src/base/errors.js';
import type { PlacedArea } from '../../../src/detect/area/area-in-scene.js';
import { areaOfBounds, areaOfGeoJson, systemOf } from '../../../src/detect/area/read-area.js';
import { mergeNames } from '../../../src/detect/scene/merge.js';
import { boundsParameter, integerParameter, numberParameter, optionalSwitch } from '../../http/parameters.js';
import { ProblemError } from '../../problem.js';
import type { SceneSettings } from '../../scenes/scene-order.js';

/** Longest text of an area: a request's headers take 16 KiB, its address among them. */
const mostAreaText = 12_000;

/** Of lengths in metres. */
const size = { minimum: 1e-6, maximum: 1e9 };

/** Parameters of a query that say how a scene is searched; a classifier takes none of them. */
export const searchQuery = {
  threshold: numberParameter({ minimum: 0, maximum: 1, description: 'Lowest score of an object' }).optional(),
  overlap: integerParameter({
    minimum: 0,
    maximum: 4096,
    description:
      'Pixels that tiles share: more than the largest object is long, less than tile_size. Default: what the detector needs, ' +
      '256 or more',
  }).optional(),
  tile_size: integerParameter({
    minimum: 32,
    maximum: 4096,
    description: 'Side of a tile in pixels. Default: what the memory allows',
  }).optional(),
  merge: z
    .enum(mergeNames)
    .optional()
    .meta({ description: 'How the finds of neighbouring tiles become one list. Default nms' }),
  aoi: z
    .string()
    .max(mostAreaText)
    .optional()
    .meta({
      description:
        'GeoJSON with polygons: only the part of the scene within them is read and searched. Of what does not fit into an address, ' +
        'take the `bounds`',
    }),
  bounds: boundsParameter('A rectangle instead: xmin,ymin,xmax,ymax').optional(),
  area_crs: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .meta({
      description:
        'Reference system of `aoi` or `bounds`: wgs84 (longitude and latitude), source (that of the scene), pixel, or a code such as ' +
        'EPSG:32631. Default: what the GeoJSON says, else wgs84',
    }),
  classes: z
    .string()
    .min(1)
    .max(4096)
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine((names) => !names.includes(''), 'must be names with commas')
    .optional()
    .meta({
      description: 'Objects of these classes only, with commas',
      override: { type: 'string', minLength: 1, maxLength: 4096 },
    }),
  min_size: numberParameter({
    ...size,
    description: 'Metres of the longer side of an object at least',
  }).optional(),
  max_size: numberParameter({
    ...size,
    description: 'Metres of the longer side of an object at most',
  }).optional(),
  max_objects: integerParameter({
    minimum: 1,
    maximum: 1e9,
    description: 'At most this many objects, those with the best scores',
  }).optional(),
  gsd: numberParameter({
    ...size,
    description: 'Metres on the ground that a pixel of the scene covers. Default: what the file says',
  }).optional(),
  resample: optionalSwitch(
    'Whether a scene of another resolution than the model learned from is brought to that. Default true',
  ),
};

const querySchema = z.object(searchQuery);
type SearchQuery = z.output<typeof querySchema>;

/** How a query wants a scene to be searched. @throws ProblemError 400 for an area that is none */
export function settingsOf(query: SearchQuery): SceneSettings {
  const { threshold, overlap, tile_size: tileSize, merge, gsd, resample } = query;
  const { classes, min_size: minSize, max_size: maxSize, max_objects: maxObjects } = query;
  const given = { classes, minSize, maxSize, maxObjects };
  const selection = Object.values(given).some((value) => value !== undefined) ? given : undefined;
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize)
    throw new ProblemError(
      400,
      'bad_request',
      'min_size is larger than max_size: no object is of such a size.',
    );
  return { threshold, overlap, tileSize, merge, area: areaOf(query), selection, gsd, resample };
}

function areaOf({ aoi, bounds, area_crs: crs }: SearchQuery): PlacedArea | undefined {
  const refuse = (detail: string) => new ProblemError(400, 'bad_request', detail);
  if (aoi !== undefined && bounds !== undefined)
    throw refuse('aoi and bounds both say what is looked at: give one of them.');
  if (bounds) return areaOfBounds(bounds, systemOf(crs));
  if (aoi === undefined) {
    if (crs !== undefined) throw refuse('area_crs is of an area: give aoi or bounds.');
    return undefined;
  }
  try {
    return areaOfGeoJson(parsedJson(aoi), 'aoi', crs);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new ProblemError(400, 'bad_request', error.message, { cause: error });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`aoi is not GeoJSON: ${(error as Error).message}.`, { cause: error });
  }
}
