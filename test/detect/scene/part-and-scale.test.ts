import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '../../../src/boxes/box.js';
import { areaContains } from '../../../src/detect/area/area.js';
import { areaOfBounds } from '../../../src/detect/area/read-area.js';
import type { SceneResult } from '../../../src/detect/scene/detect-scene.js';
import { detectScene } from '../../../src/detect/scene/detect-scene.js';
import type { SceneOptions } from '../../../src/detect/scene/scene-options.js';
import type { Georeference } from '../../../src/geo/georeference.js';
import { BlobDetector, boxTexts, drawBlobs, randomBlobs } from './blobs.js';
import { MemorySource } from './memory-source.js';

const [width, height] = [700, 500];
const blobs = randomBlobs(width, height);
const cut = { tileSize: 256, overlap: 64 };

/** A detector that learned from half a metre a pixel. */
class HalfMetreDetector extends BlobDetector {
  readonly gsd = 0.5;
}

/** The blobs drawn with so many pixels for each of theirs, somewhere in UTM. */
function sceneOf(factorX: number, factorY: number, georeference?: Georeference) {
  const scaled = blobs.map(({ left, top, width: w, height: h, level }): Box & { level: number } => ({
    left: left * factorX,
    top: top * factorY,
    width: w * factorX,
    height: h * factorY,
    level,
  }));
  const [w, h] = [width * factorX, height * factorY];
  return Object.assign(new MemorySource(w, h, [drawBlobs(w, h, scaled)]), { georeference });
}

/** In UTM zone 31 north, near its middle. */
const utm = (metresX: number, metresY = metresX): Georeference => ({
  transform: { a: metresX, b: 0, c: 500000, d: 0, e: -metresY, f: 4600000 },
  epsg: 32631,
});

async function found(options: Partial<SceneOptions> & Pick<SceneOptions, 'source'>) {
  const notes: string[] = [];
  const detector = new HalfMetreDetector();
  const result = await detectScene({ detector, ...cut, onNote: (note) => notes.push(note), ...options });
  return { ...result, notes, seen: detector.tiles };
}

/** Pixels that a side is off by at most, of objects paired by their place; Infinity where there are more or fewer. */
function farthest({ detections }: SceneResult, factorX: number, factorY: number, isExact = true): number {
  if (isExact && detections.count !== blobs.length) return Infinity;
  const off = blobs.map(({ left, top, width: w, height: h }) => {
    const truth = [left * factorX, top * factorY, (left + w) * factorX, (top + h) * factorY];
    const each = Array.from({ length: detections.count }, (_, index) =>
      Math.max(...truth.map((edge, side) => Math.abs(edge - detections.boxes[4 * index + side]!))),
    );
    return Math.min(...each);
  });
  return Math.max(...off);
}

describe('a scene whose pixels cover another size than those the detector learned from', () => {
  it.each([
    ['0.25 m', 2, 2, utm(0.25)],
    ['0.125 by 0.25 m', 4, 2, utm(0.125, 0.25)],
    // Web Mercator's metres are half a metre long at 60 degrees.
    [
      '0.5 m of Web Mercator at 60 degrees',
      2,
      2,
      { transform: { a: 0.5, b: 0, c: 0, d: 0, e: -0.5, f: 8399738 }, epsg: 3857 },
    ],
    // At 60 degrees a degree of longitude is half as long as one of latitude.
    [
      'degrees',
      2,
      2,
      { transform: { a: 0.25 / 55800, b: 0, c: 10, d: 0, e: -0.25 / 111412, f: 60 }, epsg: 4326 },
    ],
  ])('is brought to the detector’s: %s', async (_size, factorX, factorY, georeference) => {
    const result = await found({ source: sceneOf(factorX, factorY, georeference) });
    expect(result.view?.size.width).toBeCloseTo(width, -1);
    expect(result.view?.size.height).toBeCloseTo(height, -1);
    expect(result.notes).toEqual([
      expect.stringMatching(/covers .* m.*0\.5 m a pixel: the scene is resampled/),
    ]);
    // In pixels of the scene.
    expect(farthest(result, factorX, factorY)).toBeLessThanOrEqual(2 * factorX);
  });

  it('is enlarged where its pixels cover more', async () => {
    const source = sceneOf(1, 1, utm(1));
    const result = await found({ source, tileSize: 512, overlap: 128 });
    expect(result.view?.size).toEqual({ width: 2 * width, height: 2 * height });
    // Round corners come apart for the stand-in; each blob is found all the same.
    expect(farthest(result, 1, 1, false)).toBeLessThanOrEqual(1);
  });

  it('stays as it is where they are about alike, or on request, or where its file is wrong', async () => {
    const near = await found({ source: sceneOf(1, 1, utm(0.45)) });
    expect(near).toMatchObject({ notes: [], view: { size: { width, height } } });
    expect(farthest(near, 1, 1)).toBe(0);
    const asked = await found({ source: sceneOf(1, 1, utm(0.25)), resample: false });
    expect(farthest(asked, 1, 1)).toBe(0);
    expect(asked.notes).toEqual([expect.stringContaining('objects may be missed')]);
    const told = await found({ source: sceneOf(1, 1, utm(0.25)), gsd: 0.5 });
    expect(told).toMatchObject({ notes: [], groundSize: { x: 0.5, y: 0.5 } });
  });

  it('is resampled by the size that is given, where the file does not say it, which is said otherwise', async () => {
    const unknown = await found({ source: sceneOf(1, 1) });
    expect(unknown.notes).toEqual([expect.stringMatching(/not known.*0\.5 m a pixel.*--gsd/)]);
    expect(unknown.groundSize).toBeUndefined();
    const told = await found({ source: sceneOf(2, 2), gsd: 0.25 });
    expect(told.view?.size).toEqual({ width, height });
    expect(farthest(told, 2, 2)).toBeLessThanOrEqual(4);
  });

  it('is not blown up where nothing could be seen in it', async () => {
    const result = await found({ source: sceneOf(1, 1, utm(10)) });
    expect(result.view?.size).toEqual({ width, height });
    expect(result.notes).toEqual([expect.stringContaining('too small to be seen')]);
  });

  it('has nothing to do with detectors that do not say what they learned from', async () => {
    const detector = new BlobDetector();
    const result = await found({ source: sceneOf(1, 1, utm(10)), detector });
    expect(result.notes).toEqual([]);
    expect(farthest(result, 1, 1)).toBe(0);
  });
});

describe('an area of a scene', () => {
  const source = () => sceneOf(1, 1);
  const detector = () => new BlobDetector();
  const inside = ({ left, top, width: w, height: h }: Box, test: (x: number, y: number) => boolean) =>
    test(left + w / 2, top + h / 2);
  const texts = (kept: readonly Box[]) =>
    boxTexts(kept.flatMap((b) => [b.left, b.top, b.left + b.width, b.top + b.height]));

  it('is all that is read and looked at, with a margin; objects belong to it by their centres', async () => {
    // An L, whose corner leaves out a quarter.
    const ring: [number, number][] = [
      [20, 30],
      [650, 30],
      [650, 130],
      [150, 130],
      [150, 470],
      [20, 470],
    ];
    const area = { polygons: [[ring]] };
    const raster = source();
    const result = await found({ source: raster, detector: detector(), area });
    const expected = blobs.filter((blob) => inside(blob, (x, y) => areaContains(area, x, y)));
    expect(boxTexts(result.detections.boxes)).toEqual(texts(expected));
    expect(result.skippedTiles).toBeGreaterThan(0);
    expect(raster.reads).toHaveLength(result.tiles);
    const isInCorner = ({ left, top }: Box) => left > 450 && top > 330;
    expect(raster.reads.some(isInCorner)).toBe(false);
  });

  it('is small work in a large scene', async () => {
    const raster = source();
    const area = areaOfBounds([400, 200, 450, 260], 'pixel');
    const result = await found({ source: raster, detector: detector(), area });
    expect(result.tiles).toBe(1);
    const [read] = raster.reads;
    expect(read!.width * read!.height).toBeLessThan(150 * 150);
    const expected = blobs.filter((blob) =>
      inside(blob, (x, y) => x >= 400 && x < 450 && y >= 200 && y < 260),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(boxTexts(result.detections.boxes)).toEqual(texts(expected));
  });

  it('outside of the scene needs no reading', async () => {
    const raster = source();
    const area = areaOfBounds([900, 200, 950, 260], 'pixel');
    const result = await found({ source: raster, detector: detector(), area });
    expect(result).toMatchObject({
      tiles: 0,
      detections: { count: 0 },
      notes: [expect.stringContaining('outside')],
    });
    expect(raster.reads).toEqual([]);
  });

  it('is looked at in the detector’s pixels too, and an interrupted run of it goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'part-'));
    try {
      const area = areaOfBounds([200, 100, 1000, 700], 'pixel');
      const options = { area, stateFolder: folder };
      const first = await found({ source: sceneOf(2, 2, utm(0.25)), ...options });
      const expected = blobs.filter((blob) =>
        inside(blob, (x, y) => x >= 100 && x < 500 && y >= 50 && y < 350),
      );
      expect(first.detections.count).toBe(expected.length);
      const again = await found({ source: sceneOf(2, 2, utm(0.25)), ...options });
      expect(again).toMatchObject({ resumedTiles: first.tiles, seen: [], detections: first.detections });
      const other = await found({ source: sceneOf(2, 2, utm(0.25)), stateFolder: folder });
      expect(other.resumedTiles).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('what is wanted of the objects', () => {
  let all: SceneResult;
  const source = () => sceneOf(1, 1, utm(0.5));
  beforeAll(async () => {
    all = await found({ source: source() });
  });

  it('are classes, sizes in metres, and the best', async () => {
    const wide = await found({ source: source(), selection: { classes: ['wide'] } });
    expect(new Set(wide.detections.classes)).toEqual(new Set([1]));
    expect(wide.foundObjects).toBe(all.detections.count);
    const middle = await found({ source: source(), selection: { minSize: 10, maxSize: 15 } });
    const sides = blobs.map(({ width: w, height: h }) => Math.max(w, h) / 2);
    // The middle of a zone: 0.5 m there are 0.4998 m on the ground.
    expect(
      Math.abs(middle.detections.count - sides.filter((side) => side >= 10 && side <= 15).length),
    ).toBeLessThanOrEqual(sides.filter((side) => side === 10 || side === 15).length);
    const best = await found({ source: source(), selection: { maxObjects: 3 } });
    expect([...best.detections.scores]).toEqual([...all.detections.scores.slice(0, 3)]);
    expect(best.foundObjects).toBe(all.detections.count);
  });

  it('has to be something that the model and the scene know', async () => {
    await expect(found({ source: source(), selection: { classes: ['ship'] } })).rejects.toThrow(
      'no class ship, only bright, wide',
    );
    await expect(found({ source: sceneOf(1, 1), selection: { minSize: 3 } })).rejects.toThrow(/--gsd/);
    await expect(found({ source: source(), selection: { maxObjects: 0 } })).rejects.toThrow('maxObjects');
  });
});
