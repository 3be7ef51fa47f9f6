import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withHeader } from '../../../server/models/encoded.js';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { ServedClassifier } from '../../../server/models/served-model.js';
import { does } from '../../../server/models/served-model.js';
import type { RunningServer } from '../../../server/start-server.js';
import { writeTinyDetector, writeTinyModel } from '../../helpers/tiny-model.js';
import { plain } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { startWith } from '../running-server.js';

let server: RunningServer;
let detector: string;
let classifier: string;
let png: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  [detector, classifier] = await Promise.all([writeTinyDetector(), writeTinyModel()]);
  const load = (model: string) => () => loadHosted({ model, threads: 1 });
  server = await startWith([load(detector), load(classifier)]);
  await server.ready;
  const noise = { type: 'gaussian', mean: 120, sigma: 60 } as const;
  const image = sharp({ create: { width: 90, height: 70, channels: 3, background: 'grey', noise } });
  png = Uint8Array.from(await image.png().toBuffer());
});
afterAll(async () => {
  await server.close();
  for (const folder of [detector, classifier]) await rm(dirname(folder), { recursive: true });
});

function post(query: string, body: Uint8Array<ArrayBuffer> = png) {
  return fetch(`${server.url}/v1/detect${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body,
  });
}

describe('POST /v1/detect', () => {
  it('answers boxes within the image, best first', async () => {
    const response = await post('?threshold=0');
    expect(response.status).toBe(200);
    const { predictions, ...rest } = await response.json();
    expect(rest).toMatchObject({ model: 'tiny-detector', image: { width: 90, height: 70 }, tiles: 1 });
    expect(Object.keys(rest.timings)).toEqual(['upload', 'queue', 'inference', 'total']);
    expect(predictions.length).toBeGreaterThan(0);
    const scores = predictions.map(({ score }: { score: number }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const { label, box } of predictions) {
      expect(label).toMatch(/^(square|circle)$/);
      expect(box.xmin).toBeGreaterThanOrEqual(0);
      expect(box.xmax).toBeLessThanOrEqual(90);
      expect(box.ymax).toBeLessThanOrEqual(70);
    }
    expect((await (await post('?threshold=1')).json()).predictions).toEqual([]);
  });

  it('answers the same objects as GeoJSON, COCO and an image', async () => {
    const { predictions } = await (await post('?threshold=0')).json();
    const geojson = await post('?threshold=0&format=geojson');
    expect(geojson.headers.get('content-type')).toMatch('application/geo+json');
    const { type, features } = await geojson.json();
    expect([type, features.length]).toEqual(['FeatureCollection', predictions.length]);
    const coco = await (await post('?threshold=0&format=coco')).json();
    expect(coco.annotations.map(({ score }: { score: number }) => score)).toEqual(
      predictions.map(({ score }: { score: number }) => score),
    );
    const drawn = await post('?threshold=0&format=png');
    expect(drawn.headers.get('content-type')).toBe('image/png');
    const image = await sharp(await drawn.arrayBuffer()).metadata();
    expect(image).toMatchObject({ width: 90, height: 70 });
  });

  it('reads TIFFs of 16 bits', async () => {
    const tiff = Uint8Array.from(await sharp(png).toColourspace('rgb16').tiff().toBuffer());
    const answer = await post('?threshold=0', tiff);
    expect(await answer.json()).toMatchObject({ image: { width: 90, height: 70 } });
  });

  it('knows which model does what', async () => {
    expect(await problemOf(await post('?model=tiny'))).toMatchObject({ status: 400, code: 'wrong_task' });
    expect(await problemOf(await post('?model=large'))).toMatchObject({ status: 404, code: 'unknown_model' });
    const { models } = await (await fetch(`${server.url}/v1/models`)).json();
    expect(models).toEqual([
      { name: 'tiny-detector', task: 'detect', labels: ['square', 'circle'], stride: 16 },
      { name: 'tiny', task: 'classify', labels: ['field', 'forest', 'river'], stride: 16 },
    ]);
  });

  it('tells what is wrong with an image with the status that it has', async () => {
    const garbage = Uint8Array.from(Buffer.from('no image'));
    expect(await problemOf(await post('', garbage))).toMatchObject({ status: 415 });
    const cut = png.slice(0, png.length >> 1);
    expect(await problemOf(await post('', cut))).toMatchObject({ status: 422, code: 'undecodable' });
    expect(await problemOf(await post('?threshold=2'))).toMatchObject({ status: 400 });
    const tiff = Uint8Array.from(await plain(40, 30, { r: 1, g: 2, b: 3 }).tiff().toBuffer());
    // Its directory is at its end.
    expect(await problemOf(await post('', tiff.slice(0, 300)))).toMatchObject({
      status: 422,
      code: 'undecodable',
    });
    expect((await post('')).status).toBe(200);
  });
});

async function classifierIn(...given: Parameters<typeof loadHosted>): Promise<ServedClassifier> {
  const model = await loadHosted(...given);
  if (!does(model, 'classify')) throw new Error('not a classifier');
  return model;
}

describe('a model in a thread', () => {
  it('gives up at once when nobody waits any more, and goes on with others', async () => {
    const model = await classifierIn({ model: classifier, threads: 1 });
    const gone = new AbortController();
    const request = { topK: 1, attention: false };
    const first = model.classify(await withHeader(png), request, gone.signal);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    const second = await model.classify(await withHeader(png), request, new AbortController().signal);
    expect(second.labels).toHaveLength(1);
    await model.close();
    await expect(
      model.classify(await withHeader(png), request, new AbortController().signal),
    ).rejects.toThrow('closed');
  });

  it('runs images that come together as one batch, with the same answers', async () => {
    const batches: number[] = [];
    const batching = { images: 3, milliseconds: 300 };
    const together = await classifierIn({ model: classifier, threads: 1, batching }, (images) =>
      batches.push(images),
    );
    const alone = await classifierIn({ model: classifier, threads: 1 });
    const images = await Promise.all(
      [20, 120, 220].map(async (r) =>
        Uint8Array.from(await plain(64, 64, { r, g: 90, b: 30 }).png().toBuffer()),
      ),
    );
    const classify = async (model: ServedClassifier, image: Uint8Array) =>
      model.classify(await withHeader(image), { topK: 3, attention: true }, new AbortController().signal);
    const answers = await Promise.all(images.map((image) => classify(together, image)));
    expect(batches).toEqual([3]);
    for (const [index, image] of images.entries()) {
      const expected = await classify(alone, image);
      expect(answers[index]!.labels.map(({ label }) => label)).toEqual(
        expected.labels.map(({ label }) => label),
      );
      for (const [rank, { score }] of answers[index]!.labels.entries()) {
        expect(score).toBeCloseTo(expected.labels[rank]!.score, 5);
      }
      expect(answers[index]!.overlay?.length).toBeGreaterThan(100);
    }
    await Promise.all([together.close(), alone.close()]);
  });
});

describe('models loaded anew', () => {
  it('take the place of the old ones without a request being lost', async () => {
    let loads = 0;
    const load = () => {
      loads++;
      return loadHosted({ model: classifier, threads: 1 });
    };
    const running = await startWith([load]);
    await running.ready;
    const statuses: number[] = [];
    let isOver = false;
    const client = async () => {
      while (!isOver) {
        const response = await fetch(`${running.url}/v1/classify`, { method: 'POST', body: png });
        await response.arrayBuffer();
        statuses.push(response.status);
      }
    };
    const clients = [client(), client(), client()];
    await running.reload();
    await running.reload();
    isOver = true;
    await Promise.all(clients);
    expect(loads).toBe(3);
    expect(statuses.length).toBeGreaterThan(3);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await running.close();
  });
});
