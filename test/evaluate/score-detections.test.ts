import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCocoResults, toCocoResults } from '../../datasets/annotations/coco-results.js';
import { readAnnotations } from '../../datasets/annotations/read-annotations.js';
import { UnreadableImages } from '../../datasets/batches.js';
import type { AnnotatedImage, AnnotationSet } from '../../src/boxes/annotations.js';
import type { Detections } from '../../src/boxes/detections.js';
import { rotatedBoxOf } from '../../src/boxes/rotated-box.js';
import { detectionEvaluationReport } from '../../src/cli/evaluate/detection-report.js';
import type { Detector } from '../../src/detect/detector.js';
import { scenesToCoco } from '../../src/detect/output/coco.js';
import { detectInSet, findInSlices, findInWhole } from '../../src/evaluate/evaluate-detector.js';
import {
  labelMap,
  orientedRows,
  scoreDetections,
  uprightColumns,
} from '../../src/evaluate/score-detections.js';
import { SyntheticScene, sceneLabels } from '../helpers/synthetic/synthetic-scenes.js';

const side = 300;
let folder: string;
let set: AnnotationSet;

/** A detector that knows the answers: it recognises an image by its first pixels. */
class StandIn implements Detector {
  readonly labels = ['aircraft', 'unheard of', 'vehicle'];
  readonly stride = 16;
  readonly oriented: boolean;
  readonly thresholds: (number | undefined)[] = [];

  constructor(oriented: boolean) {
    this.oriented = oriented;
  }

  async detect(tile: Parameters<Detector['detect']>[0], options: Parameters<Detector['detect']>[1]) {
    this.thresholds.push(options?.threshold);
    for (const [index, image] of set.images.entries()) {
      const scene = new SyntheticScene({ width: side, height: side, seed: index });
      const start = scene.read({ left: 0, top: 0, width: side, height: 1 });
      if (Buffer.compare(tile.data.subarray(0, 3 * side), start) === 0) return this.#answer(image);
    }
    throw new Error('An unknown image.');
  }

  #answer({ objects }: AnnotatedImage): Detections {
    const turned = objects.map(({ polygon }) => rotatedBoxOf(polygon!));
    const upright = objects.flatMap(({ box }) => [...box]);
    return {
      count: objects.length,
      boxes: Float32Array.from(
        this.oriented ? turned.flatMap(({ x, y, length, breadth }) => [x, y, length, breadth]) : upright,
      ),
      angles: this.oriented ? Float32Array.from(turned, ({ angle }) => angle) : undefined,
      scores: Float32Array.from(objects, (_, index) => 0.9 - index / 100),
      classes: Int32Array.from(objects, ({ label }) => this.labels.indexOf(sceneLabels[label]!)),
    };
  }

  async close() {}
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-score-'));
  const images = await Promise.all(
    [0, 1, 2].map(async (seed): Promise<AnnotatedImage> => {
      const scene = new SyntheticScene({ width: side, height: side, seed });
      const data = scene.read({ left: 0, top: 0, width: side, height: side });
      const path = join(folder, `${seed}.png`);
      await sharp(data, { raw: { width: side, height: side, channels: 3 } }).toFile(path);
      return { id: seed + 1, path, width: side, height: side, objects: scene.objectsIn() };
    }),
  );
  set = { labels: sceneLabels, categoryIds: [4, 5], images };
});
afterAll(() => rm(folder, { recursive: true }));

const quiet = (count: number) => new UnreadableImages(count, () => undefined);

describe('a detector that knows the answers', () => {
  it('scores 1 in everything, its labels matched by name', async () => {
    const detector = new StandIn(false);
    const run = await detectInSet(set, findInWhole(detector, 0.05), { unreadable: quiet(3) });
    const map = labelMap(detector.labels, set.labels);
    expect(map).toEqual([1, -1, 0]);
    const scores = scoreDetections(
      run.set,
      run.found.map((found) => uprightColumns(found, map)),
    );
    expect(detector.thresholds).toEqual([0.05, 0.05, 0.05]);
    expect(scores).toMatchObject({ images: 3, AP: expect.closeTo(1, 6), AP50: expect.closeTo(1, 6) });
    expect(scores.classAgnostic.AP50).toBeCloseTo(1, 6);
    expect(scores.operatingPoint).toMatchObject({ precision: expect.closeTo(1, 6), recall: 1 });
    expect(scores.counts).toMatchObject({ meanAbsolute: 0, relative: 0 });
    expect(scores.precisionRecall).toHaveLength(101);
    expect(detectionEvaluationReport(scores)).toMatch(/classes apart {2}1\.000 {2}1\.000/);
  });

  it('scores 1 with turned boxes, and with the upright boxes around them where objects fill their rectangle', async () => {
    const detector = new StandIn(true);
    const run = await detectInSet(set, findInWhole(detector, 0.05), { unreadable: quiet(3) });
    const map = labelMap(detector.labels, set.labels);
    const oriented = run.found.map((found) => orientedRows(found, map));
    const scores = scoreDetections(
      run.set,
      run.found.map((found) => uprightColumns(found, map)),
      { oriented },
    );
    expect(scores.oriented).toMatchObject({ mAP: expect.closeTo(1, 6), mAP07: expect.closeTo(1, 6) });
    expect(scores.oriented75).toMatchObject({ mAP: expect.closeTo(1, 6) });
    expect(scores.classes[0]!.AP50).toBeCloseTo(1, 6);
    expect(detectionEvaluationReport(scores)).toMatch(/oriented +AP50 +11 points +AP75/);
  });
});

describe('findInSlices', () => {
  it('asks the detector about overlapping squares and puts what it finds in its place', async () => {
    const sizes: string[] = [];
    // Finds a box around the middle of whatever it sees.
    const detector = Object.assign(new StandIn(false), {
      detect: async ({ width, height }: { width: number; height: number }): Promise<Detections> => {
        sizes.push(`${width}x${height}`);
        const [x, y] = [width / 2, height / 2];
        const boxes = Float32Array.of(x - 4, y - 4, x + 4, y + 4);
        return { count: 1, boxes, scores: Float32Array.of(0.5), classes: Int32Array.of(0) };
      },
    });
    const find = findInSlices(detector, { threshold: 0.05, slice: 160, overlap: 16 });
    const { count, boxes } = await find(set.images[0]!);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(count).toBe(sizes.length);
    expect(Math.max(...boxes)).toBeGreaterThan(160);
    await expect(find({ ...set.images[0]!, height: 10 })).rejects.toThrow(/its labels are for 300 x 10/);
  });
});

describe('detectInSet', () => {
  it('leaves out an image that cannot be read, and refuses one of another size', async () => {
    const wrong = { ...set.images[0]!, width: 10 };
    const absent = { ...set.images[1]!, path: join(folder, 'absent.png') };
    const find = findInWhole(new StandIn(false), 0.05);
    const messages: string[] = [];
    const unreadable = new UnreadableImages(1000, (message) => messages.push(message));
    const run = await detectInSet({ ...set, images: [absent, wrong, set.images[2]!] }, find, { unreadable });
    expect(run.set.images).toEqual([set.images[2]]);
    expect(messages.join()).toMatch(/absent\.png.*but its labels are for 10 x 300/s);
    const none = { ...set, images: [absent] };
    await expect(detectInSet(none, find, { unreadable: quiet(1) })).rejects.toThrow(/No image/);
  });
});

describe('scoreDetections', () => {
  const row = (box: readonly number[], score: number, label: number) => {
    return { count: 1, boxes: box, scores: [score], classes: [label] };
  };
  const objects = [{ box: [0, 0, 10, 10], label: 0 }] as const;
  const one: AnnotationSet = { labels: ['car'], images: [{ path: 'a', width: 20, height: 20, objects }] };

  it('counts classes that the set does not have class-agnostically only', () => {
    const scores = scoreDetections(one, [row([0, 0, 10, 10], 0.9, -1)]);
    expect(scores.AP50).toBe(0);
    expect(scores.classAgnostic.AP50).toBeCloseTo(1, 9);
  });

  it('takes the threshold that is asked for', () => {
    const scores = scoreDetections(one, [row([0, 0, 10, 10], 0.4, 0)], { threshold: 0.5 });
    expect(scores.operatingPoint).toBeUndefined();
    expect(scores.counts).toEqual({ threshold: 0.5, meanAbsolute: 1, relative: 1 });
    expect(
      scoreDetections(one, [row([0, 0, 10, 10], 0.4, 0)], { threshold: 0.25 }).operatingPoint,
    ).toMatchObject({
      threshold: 0.25,
      recall: 1,
    });
    expect(detectionEvaluationReport(scores)).toMatch(/No detections/);
  });
});

describe('COCO results', () => {
  it('are written and read back', async () => {
    const found = set.images.map(({ objects }) => ({
      count: objects.length,
      boxes: objects.flatMap(({ box }) => box.map(Math.round)),
      scores: objects.map((_, index) => 0.5 + index / 64),
      classes: objects.map(({ label }) => label),
    }));
    const path = join(folder, 'results.json');
    await writeFile(path, JSON.stringify(toCocoResults(set, found)));
    expect(JSON.parse(await readFile(path, 'utf8'))[0]).toMatchObject({ image_id: 1, score: 0.5 });
    expect(await readCocoResults(path, set)).toEqual(found);
    await writeFile(path, JSON.stringify([{ image_id: 9, category_id: 4, bbox: [0, 0, 1, 1], score: 1 }]));
    await expect(readCocoResults(path, set)).rejects.toThrow(/\[0\] has image_id 9/);
    await writeFile(path, JSON.stringify([{ image_id: 1, category_id: 4, bbox: [0, 0, 1], score: 1 }]));
    await expect(readCocoResults(path, set)).rejects.toThrow(/\[0\]\.bbox/);
    expect(() => toCocoResults({ ...set, categoryIds: undefined }, found)).toThrow(/COCO/);
  });

  it('are read from what vil detect writes, images and classes by their names', async () => {
    const path = join(folder, 'detected.json');
    const scenes = set.images.map(({ path: image, objects }, index) => ({
      name: basename(image),
      labels: ['unheard of', ...set.labels.toReversed()],
      width: side,
      height: side,
      detections: {
        count: objects.length,
        boxes: Float32Array.from(objects.flatMap(({ box }) => box.map(Math.round))),
        scores: Float32Array.from(objects, () => 0.5 + index / 64),
        classes: Int32Array.from(objects, ({ label }) => set.labels.length - label),
      },
    }));
    // In another order than the labels.
    await writeFile(path, JSON.stringify(scenesToCoco(scenes.toReversed(), 7)));
    const found = await readCocoResults(path, { ...set, categoryIds: undefined });
    expect(found.map(({ classes }) => [...(classes as number[])])).toEqual(
      set.images.map(({ objects }) => objects.map(({ label }) => label)),
    );
    expect(found.map(({ boxes }) => [...(boxes as number[])])).toEqual(
      set.images.map(({ objects }) => objects.flatMap(({ box }) => box.map(Math.round))),
    );
    await writeFile(path, JSON.stringify(scenesToCoco([{ ...scenes[0]!, name: 'lost.png' }])));
    await expect(readCocoResults(path, set)).rejects.toThrow(
      /image lost\.png, which the labels do not describe/,
    );
  });

  it('of real labels, taken for detections, score 1', async () => {
    const path = join(folder, 'labels.json');
    const coco = {
      images: [{ id: 1, file_name: 'a.jpg', width: 50, height: 50 }],
      categories: [{ id: 0, name: 'car' }],
      annotations: [{ image_id: 1, category_id: 0, bbox: [1.5, 2, 40, 30], area: 1200, iscrowd: 0 }],
    };
    await writeFile(path, JSON.stringify(coco));
    const labels = await readAnnotations(path);
    const results = join(folder, 'results.json');
    await writeFile(
      results,
      JSON.stringify([{ image_id: 1, category_id: 0, bbox: [1.5, 2, 40, 30], score: 0.3 }]),
    );
    expect(scoreDetections(labels, await readCocoResults(results, labels)).AP).toBeCloseTo(1, 9);
  });
});
