import { parentPort, workerData } from 'node:worker_threads';
import type { Gdal } from './gdal-module.js';
import { loadGdal } from './gdal-module.js';
import type { ProjectionRequest, ProjectionThreadData } from './projection-messages.js';
import { answered, failed } from './projection-messages.js';

/** OGRAxisMappingStrategy: x is the easting or longitude, whatever order of axes the register gives. */
const traditionalOrder = 0;

const { signal, answer } = workerData as ProjectionThreadData;
const state = new Int32Array(signal);

/** Addresses of coordinate transformations, by direction and system. */
const transformations = new Map<string, number>();

parentPort!.on('message', (request: ProjectionRequest) => {
  respond(request)
    .catch((error: Error) => {
      const text = new TextEncoder().encode(error.message).subarray(0, answer.byteLength - 8);
      new Float64Array(answer)[0] = text.length;
      new Uint8Array(answer).set(text, 8);
      return failed;
    })
    .then((result) => {
      Atomics.store(state, 0, result);
      Atomics.notify(state, 0);
    });
});

async function respond(request: ProjectionRequest): Promise<number> {
  const gdal = await loadGdal();
  new Float64Array(answer).set(project(gdal, request));
  return answered;
}

/** @returns x and y in turns, infinite where a point has no counterpart */
function project(gdal: Gdal, { system, direction, points }: ProjectionRequest): Float64Array {
  const { module } = gdal;
  const transformation = transformationOf(gdal, system, direction);
  const count = points.length / 2;
  const address = module._malloc(24 * count);
  const [x, y, z] = [address / 8, address / 8 + count, address / 8 + 2 * count];
  for (let at = 0; at < count; at++) {
    module.HEAPF64[x + at] = points[2 * at]!;
    module.HEAPF64[y + at] = points[2 * at + 1]!;
    module.HEAPF64[z + at] = 0;
  }
  module.ccall('OCTTransform', 'number', fiveNumbers, [transformation, count, 8 * x, 8 * y, 8 * z]);
  const projected = new Float64Array(points.length);
  for (let at = 0; at < count; at++) {
    projected[2 * at] = module.HEAPF64[x + at]!;
    projected[2 * at + 1] = module.HEAPF64[y + at]!;
  }
  module._free(address);
  gdal.complaints();
  return projected;
}

const fiveNumbers = ['number', 'number', 'number', 'number', 'number'] as const;

function transformationOf(gdal: Gdal, system: string, direction: ProjectionRequest['direction']): number {
  const key = `${direction} ${system}`;
  const known = transformations.get(key);
  if (known) return known;
  const [own, wgs84] = [systemOf(gdal, system), systemOf(gdal, 'EPSG:4326')];
  const ends = direction === 'toWgs84' ? [own, wgs84] : [wgs84, own];
  const made = gdal.module.ccall('OCTNewCoordinateTransformation', 'number', ['number', 'number'], ends);
  if (!made) throw new Error(reason(gdal, 'there is no way between it and WGS 84'));
  transformations.set(key, made as number);
  return made as number;
}

/** @throws Error when PROJ does not understand the definition */
function systemOf(gdal: Gdal, definition: string): number {
  const { module } = gdal;
  const address = module.ccall('OSRNewSpatialReference', 'number', ['string'], ['']) as number;
  const error = module.ccall('OSRSetFromUserInput', 'number', ['number', 'string'], [address, definition]);
  if (error) throw new Error(reason(gdal, 'PROJ does not know it'));
  module.ccall('OSRSetAxisMappingStrategy', null, ['number', 'number'], [address, traditionalOrder]);
  return address;
}

function reason(gdal: Gdal, otherwise: string): string {
  const last = gdal.complaints().at(-1);
  return last?.replace(/^(ERROR|Warning) \d+: /, '') ?? otherwise;
}
