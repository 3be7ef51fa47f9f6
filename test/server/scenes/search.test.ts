import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sceneStatusSchema } from '../../../server/scenes/scene-status.js';
import type { RunningServer } from '../../../server/start-server.js';
import { drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { geoKeys, tags, tinyTiff } from '../../image/raster/tiny-tiff.js';
import { problemOf } from '../problem-of.js';
import { startSceneServer, submit, waitFor } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

const [width, height] = [400, 300];
/** Metres a pixel; the upper left corner lies at 500000, 5000000 of UTM zone 31. */
const pixel = 2;
const cut = 'threshold=0.005&tile_size=128&overlap=32&resample=false';

let folder: string;
let server: RunningServer;
let placed: Buffer;
let bare: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-'));
  const detector = await writeTinyDetector(folder);
  const config = join(detector, 'config.json');
  await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), gsd: 1 }));
  const band = drawBlobs(width, height, randomBlobs(width, height));
  const tiff = { width, height, bands: 1, bits: 8, sample: (x: number, y: number) => band[y * width + x]! };
  bare = tinyTiff(tiff);
  placed = tinyTiff({
    ...tiff,
    doubles: { [tags.pixelScale]: [pixel, pixel, 0], [tags.tiepoint]: [0, 0, 0, 500000, 5000000, 0] },
    shorts: { [tags.geoKeys]: geoKeys(32631) },
  });
  server = await startSceneServer({
    folder: join(folder, 'data'),
    detector,
    classifier: await writeTinyModel(),
  });
  await server.ready;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Found {
  readonly predictions: {
    label: string;
    score: number;
    box: Record<'xmin' | 'ymin' | 'xmax' | 'ymax', number>;
  }[];
  readonly tiles: number;
  readonly objects_found: number;
  readonly notes: string[];
}

async function ended(parameters: string, body = placed) {
  const response = await submit(server.url, body, `?${parameters}`);
  if (response.status !== 202) throw new Error(await response.text());
  return waitFor(server.url, sceneStatusSchema.parse(await response.json()).id);
}

async function search(parameters: string, body = placed): Promise<Found> {
  const { id, status, error } = await ended(parameters, body);
  expect({ status, error }).toEqual({ status: 'done', error: undefined });
  return (await (await fetch(`${server.url}/v1/scenes/${id}/result`)).json()) as Found;
}

const centre = ({ box }: Found['predictions'][number]) => [
  (box.xmin + box.xmax) / 2,
  (box.ymin + box.ymax) / 2,
];
const isWithin = (
  object: Found['predictions'][number],
  left: number,
  top: number,
  right: number,
  bottom: number,
) => {
  const [x, y] = centre(object) as [number, number];
  return x >= left && x <= right && y >= top && y <= bottom;
};

// Each search is a job of its own.
const patience = { timeout: 300_000 };

describe('a scene of which a part is searched', patience, () => {
  it('has the objects of that part, by bounds in pixels, its own system or degrees, and by GeoJSON', async () => {
    const all = await search(cut);
    expect(all.predictions.length).toBe(all.objects_found);
    // Pixels 100 to 200 across, 50 to 150 down.
    const expected = all.predictions.filter((object) => isWithin(object, 100, 50, 200, 150));
    expect(expected.length).toBeGreaterThan(3);
    const area = (ring: number[][]) =>
      encodeURIComponent(JSON.stringify({ type: 'Polygon', coordinates: [ring] }));
    const [left, right, top, bottom] = [500200, 500400, 4999900, 4999700];
    const ring = [
      [left, bottom],
      [right, bottom],
      [right, top],
      [left, top],
      [left, bottom],
    ];
    const results = [
      await search(`${cut}&bounds=100,50,200,150&area_crs=pixel`),
      await search(`${cut}&bounds=${left},${bottom},${right},${top}&area_crs=source`),
      await search(`${cut}&aoi=${area(ring)}&area_crs=EPSG:32631`),
    ];
    for (const { predictions, tiles } of results) {
      expect(tiles).toBeLessThan(all.tiles);
      // Tiles lie elsewhere, and an untrained detector looks at all of them: what is found is inside, and most is the same.
      expect(predictions.every((object) => isWithin(object, 100, 50, 200, 150))).toBe(true);
      expect(predictions).toEqual(results[0]!.predictions);
    }
    const degrees = await search(`${cut}&bounds=3.0025,45.1507,3.0051,45.1526`);
    expect(degrees.predictions.length).toBeGreaterThan(0);
    expect(degrees.predictions.every((object) => isWithin(object, 95, 45, 205, 155))).toBe(true);
  });

  it('and lies elsewhere has none, and says so', async () => {
    const { predictions, tiles, notes } = await search(`${cut}&bounds=10,10,11,11`);
    expect([predictions, tiles]).toEqual([[], 0]);
    expect(notes).toContainEqual(expect.stringContaining('the area lies outside the scene'));
  });

  it('cannot be found by coordinates in a scene without a place: the job says so', async () => {
    const { status, error } = await ended(`${cut}&bounds=3,45,3.1,45.1`, bare);
    expect([status, error?.detail]).toEqual([
      'failed',
      expect.stringContaining('does not say where on Earth it lies'),
    ]);
  });
});

/** Objects that are not among others. There are thousands: an untrained detector finds something everywhere. */
function missingIn(found: Found['predictions'], wanted: Found['predictions']) {
  const known = new Set(found.map((object) => JSON.stringify(object)));
  return wanted.filter((object) => !known.has(JSON.stringify(object)));
}

describe('objects that are wanted', patience, () => {
  it('are chosen by class, size and number', async () => {
    const { predictions: all } = await search(cut);
    const [{ label }] = all as [Found['predictions'][number]];
    const ofClass = await search(`${cut}&classes=${label}`);
    expect(ofClass.predictions).toEqual(all.filter((object) => object.label === label));
    const metres = ({ box }: Found['predictions'][number]) =>
      pixel * Math.max(box.xmax - box.xmin, box.ymax - box.ymin);
    const sorted = all.map(metres).sort((a, b) => a - b);
    const [least, most] = [
      sorted[Math.floor(sorted.length / 4)]!,
      sorted[Math.floor((3 * sorted.length) / 4)]!,
    ];
    const sized = await search(`${cut}&min_size=${least.toFixed(3)}&max_size=${most.toFixed(3)}`);
    // UTM stretches by 0.04 % here.
    const inside = all.filter((object) => metres(object) > 1.001 * least && metres(object) < 0.999 * most);
    expect(missingIn(sized.predictions, inside)).toEqual([]);
    expect(sized.predictions.length).toBeLessThan(all.length);
    // The size of a pixel may be said.
    const twice = await search(`${cut}&gsd=${2 * pixel}&min_size=${(2 * most).toFixed(3)}`);
    const larger = all.filter((object) => metres(object) > 1.001 * most);
    expect(missingIn(twice.predictions, larger)).toEqual([]);
    const few = await search(`${cut}&max_objects=3`);
    expect(few.predictions).toEqual(all.slice(0, 3));
    expect(few.objects_found).toBe(all.length);
  });

  it('in metres need the size of a pixel: the job says so', async () => {
    const { status, error } = await ended(`${cut}&min_size=5`, bare);
    expect([status, error?.detail]).toEqual(['failed', expect.stringContaining('give --gsd')]);
  });
});

it(
  'a scene of another resolution than the model learned from is resampled, unless told otherwise',
  patience,
  async () => {
    const [resampled, own] = [
      await search('threshold=0.005'),
      await search('threshold=0.005&resample=false'),
    ];
    expect(resampled.notes).toEqual([expect.stringMatching(/a pixel covers 2 m.*resampled/)]);
    expect(own.notes).toEqual([expect.stringMatching(/a pixel covers 2 m.*may be missed/)]);
    expect(resampled.predictions).not.toEqual(own.predictions);
    expect((await search('threshold=0.005&gsd=1')).notes).toEqual([]);
  },
);

it.each([
  ['bounds=1,2,3', /must be four numbers/],
  ['bounds=3,2,1,4', /xmin < xmax/],
  ['bounds=a,2,3,4', /must be four numbers/],
  ['bounds=1,2,3,4&aoi={}', /both say what is looked at/],
  ['aoi={', /aoi is not GeoJSON/],
  ['aoi={"type":"Point","coordinates":[1,2]}', /has a Point, which has no area/],
  ['area_crs=pixel', /area_crs is of an area/],
  ['classes=car,,lorry', /names with commas/],
  ['classes=boat', /no class boat, only car, lorry/],
  ['min_size=0', /min_size/],
  ['min_size=9&max_size=3', /min_size is larger than max_size/],
  ['max_objects=0', /max_objects/],
  ['gsd=-1', /gsd/],
  ['resample=maybe', /resample/],
  ['model=tiny&classes=car', /classifies scenes as a whole/],
])('the query %s is refused', async (query, message) => {
  const response = await submit(
    server.url,
    placed,
    `?${query.replaceAll('{', '%7B').replaceAll('}', '%7D').replaceAll('"', '%22')}`,
  );
  const problem = await problemOf(response);
  expect(problem).toMatchObject({ status: 400, code: 'bad_request' });
  expect(problem.detail).toMatch(message);
});

it('all of it is in the OpenAPI document', async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { parameters: { name: string }[] } }>;
  };
  const names = document.paths['/v1/scenes']!.post.parameters.map(({ name }) => name);
  for (const name of [
    'aoi',
    'bounds',
    'area_crs',
    'classes',
    'min_size',
    'max_size',
    'max_objects',
    'gsd',
    'resample',
  ])
    expect(names).toContain(name);
});
