import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sceneStatusSchema } from '../../../server/scenes/scene-status.js';
import type { RunningServer } from '../../../server/start-server.js';
import { lockFile } from '../../../src/base/lock-folder.js';
import { drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { tinyTiff } from '../../image/raster/tiny-tiff.js';
import type { SceneServerOptions } from './scene-server.js';
import { resultOf, startSceneServer, statusOf, submit, waitFor } from './scene-server.js';
import { writeTinyDetector } from './tiny-detector.js';

const [width, height] = [700, 500];
const query = '?threshold=0.005&tile_size=128&overlap=32&name=blobs.png';

let folder: string;
let models: Pick<SceneServerOptions, 'detector' | 'classifier'>;
let image: Buffer;
let server: RunningServer;
let started = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenes-'));
  models = { detector: await writeTinyDetector(folder), classifier: await writeTinyModel() };
  const band = drawBlobs(width, height, randomBlobs(width, height));
  image = await sharp(band, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  server = await start();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function start(limits: SceneServerOptions['limits'] = {}): Promise<RunningServer & { data: string }> {
  const data = join(folder, `data-${started++}`);
  const running = await startSceneServer({ folder: data, ...models, limits });
  await running.ready;
  return { ...running, data };
}

async function accepted(url: string, body: Uint8Array = image, parameters = query): Promise<string> {
  const response = await submit(url, body, parameters);
  expect(response.status).toBe(202);
  const scene = sceneStatusSchema.parse(await response.json());
  expect(response.headers.get('location')).toBe(`/v1/scenes/${scene.id}`);
  return scene.id;
}

async function problem(response: Response) {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return z.object({ status: z.int(), code: z.string(), detail: z.string() }).parse(await response.json());
}

/** Events of a scene, to the end of the stream. */
async function eventsOf(url: string, id: string): Promise<{ event: string; data: unknown }[]> {
  const response = await fetch(`${url}/v1/scenes/${id}/events`);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  return (await response.text())
    .split('\n\n')
    .map((block) => /^event: (.*)\ndata: (.*)$/.exec(block))
    .filter((match) => match !== null)
    .map((match) => ({ event: match[1]!, data: JSON.parse(match[2]!) }));
}

describe('a detector’s scene', () => {
  let id: string;
  beforeAll(async () => {
    id = await accepted(server.url);
  });

  it('is told about by events until it is done', async () => {
    const events = await eventsOf(server.url, id);
    const last = sceneStatusSchema.parse(events.at(-1)!.data);
    expect(events.at(-1)!.event).toBe('done');
    expect(last).toMatchObject({
      id,
      status: 'done',
      task: 'detect',
      model: 'tiny-detector',
      name: 'blobs.png',
      image: { width, height },
      progress: { done: 35, total: 35 },
    });
    const counts = events.slice(0, -1).map(({ event, data }) => {
      expect(event).toBe('progress');
      return sceneStatusSchema.parse(data).progress.done;
    });
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(events.length);
    // To one who comes late, the end is told at once.
    expect(await eventsOf(server.url, id)).toEqual([events.at(-1)]);
  });

  it('has its result in all formats', async () => {
    const get = (format: string) => fetch(`${server.url}/v1/scenes/${id}/result?format=${format}`);
    const json = (await (await get('json')).json()) as {
      predictions: { label: string; score: number; box: Record<string, number> }[];
    };
    const count = json.predictions.length;
    expect(count).toBeGreaterThan(20);
    const [best] = json.predictions;
    expect(best).toMatchObject({ label: expect.stringMatching(/car|lorry/) });
    expect(best!.box.xmax).toBeGreaterThan(best!.box.xmin!);
    const geojson = await get('geojson');
    expect(geojson.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features } = (await geojson.json()) as { features: { properties: { score: number } }[] };
    expect(features.map(({ properties }) => properties.score)).toEqual(
      json.predictions.map(({ score }) => score),
    );
    const coco = (await (await get('coco')).json()) as { annotations: unknown[]; images: unknown[] };
    expect([coco.annotations.length, coco.images]).toEqual([
      count,
      [{ id: 1, file_name: 'blobs.png', width, height }],
    ]);
    const csv = await fetch(`${server.url}/v1/scenes/${id}/result?format=csv&download=true`);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename=blobs.csv');
    expect((await csv.text()).trim().split('\r\n')).toHaveLength(count + 1);
    const drawn = await sharp(Buffer.from(await (await get('png')).arrayBuffer())).metadata();
    expect([drawn.format, drawn.width, drawn.height]).toEqual(['png', width, height]);
    expect(await problem(await get('yolo'))).toMatchObject({ status: 400 });
  });

  it('can be zoomed into', async () => {
    const descriptor = await (await fetch(`${server.url}/v1/scenes/${id}/image.dzi`)).text();
    expect(descriptor).toMatch(/TileSize="512"><Size Width="700" Height="500"\/>/);
    const tile = await fetch(`${server.url}/v1/scenes/${id}/image_files/10/1_0.jpeg`);
    expect(tile.headers.get('content-type')).toBe('image/jpeg');
    const { data, info } = await sharp(Buffer.from(await tile.arrayBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([700 - 512, 500]);
    const expected = await sharp(image)
      .extract({ left: 512, top: 0, width: 188, height: 500 })
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    let difference = 0;
    for (const [at, value] of expected.entries()) difference += Math.abs(value - data[at]!);
    expect(difference / expected.length).toBeLessThan(3);
    for (const wrong of ['11/0_0.jpeg', '10/2_0.jpeg', '99/0_0.jpeg']) {
      const response = await fetch(`${server.url}/v1/scenes/${id}/image_files/${wrong}`);
      expect(await problem(response)).toMatchObject({ status: 404 });
    }
    const climbing = await fetch(`${server.url}/v1/scenes/${id}/image_files/10/..%2F..%2Forder.json`);
    expect(await problem(climbing)).toMatchObject({ status: 400 });
  });

  it('is shown as a model of a fixed input sees it', async () => {
    const response = await fetch(`${server.url}/v1/scenes/${id}/view?size=224`);
    const { width: side, height: other } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    expect([side, other]).toEqual([224, 224]);
    expect(await problem(await fetch(`${server.url}/v1/scenes/${id}/attention`))).toMatchObject({
      status: 404,
    });
  });

  it('is removed with its files', async () => {
    const url = `${server.url}/v1/scenes/${id}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    for (const path of ['', '/result', '/image.dzi', '/events']) {
      expect(await problem(await fetch(`${url}${path}`))).toMatchObject({ status: 404 });
    }
  });
});

it('gives labels and an attention map of a classifier’s scene', async () => {
  const id = await accepted(server.url, image, '?model=tiny');
  expect(await waitFor(server.url, id)).toMatchObject({ status: 'done', task: 'classify' });
  const result = (await resultOf(server.url, id)) as { predictions: { label: string; score: number }[] };
  expect(result.predictions.map(({ label }) => label).sort()).toEqual(['field', 'forest', 'river']);
  const heat = await fetch(`${server.url}/v1/scenes/${id}/attention`);
  const { channels, width: drawn } = await sharp(Buffer.from(await heat.arrayBuffer())).metadata();
  expect([channels, drawn]).toEqual([4, width]);
  const csv = await (await fetch(`${server.url}/v1/scenes/${id}/result?format=csv`)).text();
  expect(csv).toMatch(/^scene,label,score\r\nscene,(field|forest|river),0\.\d+\r\n/);
  const boxes = await fetch(`${server.url}/v1/scenes/${id}/result?format=geojson`);
  expect(await problem(boxes)).toMatchObject({ status: 400, detail: expect.stringMatching(/no boxes/) });
});

describe('a scene that is refused', () => {
  it.each([
    ['without a body', new Uint8Array(0), '', 400, /no body/],
    ['that is no image', Buffer.from('hello'), '?name=notes.txt', 415, /^notes\.txt is not an image/],
    ['for a model that is not there', undefined, '?model=other', 404, /other/],
    ['with tiles no larger than their overlap', undefined, '?tile_size=64&overlap=64', 400, /overlap by 64:/],
    ['with tiles too small for the usual overlap', undefined, '?tile_size=32', 400, /overlap by 256, as/],
    ['with a wrong parameter', undefined, '?threshold=2', 400, /threshold/],
  ])('%s', async (_name, body, parameters, status, detail) => {
    const before = await readdir((server as unknown as { data: string }).data);
    const response = await submit(server.url, body ?? image, parameters);
    expect(await problem(response)).toMatchObject({ status, detail: expect.stringMatching(detail) });
    expect(await readdir((server as unknown as { data: string }).data)).toEqual(before);
  });

  it('with more pixels or bytes than allowed', async () => {
    const small = await start({ pixels: 700 * 499, bodyBytes: image.length });
    expect(await problem(await submit(small.url, image))).toMatchObject({ status: 413 });
    const more = Buffer.concat([image, Buffer.alloc(1)]);
    expect(await problem(await submit(small.url, more))).toMatchObject({ status: 413 });
    await small.close();
  });
});

it('tells of a damaged image by its own name, and goes on with the next', async () => {
  const noise = await sharp({
    create: {
      width: 600,
      height: 600,
      channels: 3,
      background: 'red',
      noise: { type: 'gaussian', mean: 99, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  const broken = await accepted(server.url, noise.subarray(0, noise.length / 2), '?name=half.png');
  const next = await accepted(server.url);
  const scene = await waitFor(server.url, broken);
  expect(scene).toMatchObject({ status: 'failed', error: { status: 422, code: 'undecodable' } });
  expect(scene.error!.detail).toMatch(/^half\.png is damaged/);
  const result = await fetch(`${server.url}/v1/scenes/${broken}/result`);
  expect(await problem(result)).toMatchObject({ status: 409, detail: expect.stringMatching(/failed/) });
  expect(await problem(await fetch(`${server.url}/v1/scenes/${broken}/image.dzi`))).toMatchObject({
    status: 422,
  });
  expect((await waitFor(server.url, next)).status).toBe('done');
});

it('cancels a scene that runs and one that waits, and takes no more than may wait', async () => {
  const busy = await start({ waiting: 1 });
  const slow = query.replace('tile_size=128&overlap=32', 'tile_size=64&overlap=32');
  const running = await accepted(busy.url, image, slow);
  await waitFor(busy.url, running, ({ progress }) => progress.total > 0);
  const waiting = await accepted(busy.url, image, slow);
  expect(await statusOf(busy.url, waiting)).toMatchObject({ status: 'queued', ahead: 1 });
  const refused = await submit(busy.url, image, slow);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await problem(refused)).toMatchObject({ status: 503, code: 'overloaded' });
  const cancel = (id: string) => fetch(`${busy.url}/v1/scenes/${id}/cancel`, { method: 'POST' });
  const events = eventsOf(busy.url, waiting);
  for (const id of [waiting, running]) {
    expect(await (await cancel(id)).json()).toMatchObject({ id, status: 'cancelled' });
  }
  expect((await events).at(-1)).toMatchObject({ event: 'cancelled' });
  // Once more is no other; one that has ended is.
  expect((await cancel(waiting)).status).toBe(200);
  const { progress } = await statusOf(busy.url, running);
  expect(progress.total).toBeGreaterThan(40);
  const metrics = await (await fetch(`${busy.url}/metrics`)).text();
  expect(metrics).toMatch(/^vil_scenes_waiting 0$/m);
  expect(Number(/^vil_scenes_disk_bytes (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(2 * image.length);
  // There is room again.
  const next = await accepted(busy.url);
  expect((await waitFor(busy.url, next)).status).toBe('done');
  expect(await problem(await cancel(next))).toMatchObject({ status: 409, code: 'conflict' });
  await busy.close();
});

it('removes a scene that runs, with its files, and goes on with the next', async () => {
  const busy = await start();
  const running = await accepted(busy.url);
  const next = await accepted(busy.url);
  await waitFor(busy.url, running, ({ progress }) => progress.done > 0);
  const url = `${busy.url}/v1/scenes/${running}`;
  const [removed, again] = await Promise.all([
    fetch(url, { method: 'DELETE' }),
    fetch(url, { method: 'DELETE' }),
  ]);
  expect([removed.status, again.status]).toEqual([204, 204]);
  for (const path of ['', '/result', '/image.dzi', '/view', '/events']) {
    expect(await problem(await fetch(`${url}${path}`))).toMatchObject({ status: 404 });
  }
  expect((await waitFor(busy.url, next)).status).toBe('done');
  expect((await readdir(busy.data)).filter((name) => name !== lockFile)).toEqual([next]);
  await busy.close();
});

it('keeps within its budget of the disk', async () => {
  const tight = await start({ diskBytes: 40 * image.length + 200_000 });
  const first = await accepted(tight.url);
  await waitFor(tight.url, first);
  await fetch(`${tight.url}/v1/scenes/${first}/image.dzi`);
  const padded = Buffer.concat([image, Buffer.alloc(39 * image.length)]);
  const second = await accepted(tight.url, padded);
  const { data } = tight;
  await waitFor(tight.url, second);
  expect((await readdir(data)).filter((name) => name !== lockFile)).toEqual([second]);
  expect(existsSync(join(data, first))).toBe(false);
  expect(await problem(await fetch(`${tight.url}/v1/scenes/${first}`))).toMatchObject({ status: 404 });
  const larger = Buffer.concat([padded, Buffer.alloc(400_000)]);
  expect(await problem(await submit(tight.url, larger))).toMatchObject({ status: 503, code: 'disk_full' });
  await tight.close();
});

it('removes scenes that ended too long ago, with their files', async () => {
  const forgetful = await start({ keptSeconds: 1 });
  const id = await accepted(forgetful.url);
  await waitFor(forgetful.url, id);
  const status = async () => (await fetch(`${forgetful.url}/v1/scenes/${id}`)).status;
  await expect.poll(status, { timeout: 20_000 }).toBe(404);
  for (const path of ['/result', '/image.dzi', '/image_files/10/0_0.jpeg', '/events']) {
    const response = await fetch(`${forgetful.url}/v1/scenes/${id}${path}`);
    expect(await problem(response)).toMatchObject({ status: 404, code: 'not_found' });
  }
  await expect.poll(() => readdir(forgetful.data), { timeout: 20_000 }).toEqual([lockFile]);
  await forgetful.close();
});

it('shows scenes of 16 bits as the detector sees them, and places what is in them', async () => {
  const tiff = tinyTiff({
    width: 300,
    height: 200,
    bands: 1,
    bits: 16,
    sample: (x, y) => (x < 150 ? 1000 : 3000) + ((x + y) % 2),
    doubles: { 33550: [0.5, 0.5, 0], 33922: [0, 0, 0, 691000, 5334000, 0] },
    shorts: { 34735: [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32632] },
  });
  const id = await accepted(server.url, tiff, query);
  await waitFor(server.url, id);
  const tile = await fetch(`${server.url}/v1/scenes/${id}/image_files/9/0_0.jpeg`);
  const grey = await sharp(Buffer.from(await tile.arrayBuffer()))
    .greyscale()
    .raw()
    .toBuffer();
  expect(grey[300 * 100 + 50]).toBeLessThan(20);
  expect(grey[300 * 100 + 250]).toBeGreaterThan(235);
  const geojson = await (await fetch(`${server.url}/v1/scenes/${id}/result?format=geojson`)).json();
  const [longitude, latitude] = geojson.features[0].geometry.coordinates[0][0];
  expect(longitude).toBeCloseTo(11.575, 1);
  expect(latitude).toBeCloseTo(48.13, 1);
});
