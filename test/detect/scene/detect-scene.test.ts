import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roundUp } from '../../../src/base/round-up.js';
import type { Size } from '../../../src/boxes/box.js';
import { detectScene } from '../../../src/detect/scene/detect-scene.js';
import { BlobDetector, boxTexts, drawBlobs, randomBlobs } from './blobs.js';
import { MemorySource } from './memory-source.js';

const [width, height] = [1100, 900];
const blobs = randomBlobs(width, height);
const truth = boxTexts(blobs.flatMap((b) => [b.left, b.top, b.left + b.width, b.top + b.height]));
const scene = () => new MemorySource(width, height, [drawBlobs(width, height, blobs)]);
const cut = { tileSize: 256, overlap: 64 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scene-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The one journal in a folder. */
async function journalIn(state: string): Promise<string> {
  const [name] = await readdir(state);
  return join(state, name!);
}

describe('detectScene', () => {
  it.each(['nms', 'wbf', 'nmm'] as const)(
    'finds every object once and whole, wherever seams are (%s)',
    async (type) => {
      for (const [tileSize, overlap] of [
        [256, 64],
        [320, 48],
        [4096, 256],
      ] as const) {
        const detector = new BlobDetector();
        const { detections, tiles } = await detectScene({
          source: scene(),
          detector,
          tileSize,
          overlap,
          merge: { type },
        });
        expect(boxTexts(detections.boxes)).toEqual(truth);
        expect(detector.tiles).toHaveLength(tiles);
      }
    },
  );

  it('looks at tiles of one size after each other, which the detector is told ahead: it has a graph for each', async () => {
    const prepared: string[] = [];
    // As the detector sees them: multiples of its stride.
    const text = ({ width, height }: Size) => `${roundUp(width, 16)} x ${roundUp(height, 16)}`;
    // On the coarser grid, tiles that end with the scene would share too little across.
    for (const [grid, sizes] of [
      [32, 1],
      [128, 2],
    ] as const) {
      const detector = new (class extends BlobDetector {
        readonly grid = grid;
        async prepare(size: Size) {
          prepared.push(text(size));
        }
      })();
      await detectScene({ source: scene(), detector, ...cut });
      const seen = detector.tiles.map(text);
      const changes = seen.filter((size, index) => index > 0 && size !== seen[index - 1]);
      expect([changes.length, new Set(seen).size]).toEqual([sizes - 1, sizes]);
      expect(prepared.splice(0)).toEqual(seen);
    }
  });

  it('without dropping what borders cut, would leave pieces: the seams are in the test', async () => {
    const { detections } = await detectScene({
      source: scene(),
      detector: new BlobDetector(),
      tileSize: 256,
      overlap: 0,
      merge: { type: 'nms' },
    });
    expect(detections.count).toBeGreaterThan(blobs.length);
  });

  it('gives the same bytes whatever the number of tiles at a time', async () => {
    const slow = new BlobDetector((count) => new Promise((resolve) => setTimeout(resolve, (count * 7) % 5)));
    const [one, four] = await Promise.all([
      detectScene({ source: scene(), detector: new BlobDetector(), ...cut }),
      detectScene({ source: scene(), detector: slow, ...cut, concurrency: 4 }),
    ]);
    expect(four.detections).toEqual(one.detections);
  });

  it('spares the detector tiles without data', async () => {
    const band = drawBlobs(width, height, blobs);
    for (let y = 0; y < height; y++) band.fill(0, y * width, y * width + 600);
    const detector = new BlobDetector();
    const result = await detectScene({
      source: new MemorySource(width, height, [band], 0),
      detector,
      ...cut,
    });
    expect(result.emptyTiles).toBeGreaterThan(0);
    expect(detector.tiles).toHaveLength(result.tiles - result.emptyTiles);
    const right = blobs.filter(({ left }) => left >= 600);
    expect(result.detections.count).toBeGreaterThanOrEqual(right.length);
  });

  it('goes on after any end with what it had, computing no finished tile again', async () => {
    const expected = await detectScene({ source: scene(), detector: new BlobDetector(), ...cut });
    const stateFolder = join(folder, 'resumed');
    let computed = 0;
    for (const failAt of [1, 3, 2, 6]) {
      const failing = new BlobDetector((count) => {
        if (count === failAt) throw new Error('killed');
        computed++;
      });
      await expect(detectScene({ source: scene(), detector: failing, ...cut, stateFolder })).rejects.toThrow(
        'killed',
      );
    }
    const last = new BlobDetector();
    const result = await detectScene({ source: scene(), detector: last, ...cut, stateFolder });
    expect(result.detections).toEqual(expected.detections);
    expect(result.resumedTiles).toBe(computed);
    expect(last.tiles).toHaveLength(result.tiles - computed);
    const again = new BlobDetector();
    const reread = await detectScene({ source: scene(), detector: again, ...cut, stateFolder });
    expect(again.tiles).toHaveLength(0);
    expect(reread.detections).toEqual(expected.detections);
  });

  it('cuts off a line that a kill left half-written', async () => {
    const stateFolder = join(folder, 'torn');
    const options = { source: scene(), ...cut, stateFolder };
    const expected = await detectScene({ ...options, detector: new BlobDetector() });
    const path = await journalIn(stateFolder);
    const whole = await readFile(path);
    for (const length of [whole.length - 1, whole.length - 40, 10, 0]) {
      await writeFile(path, whole);
      await truncate(path, length);
      const result = await detectScene({ ...options, detector: new BlobDetector() });
      expect(result.detections).toEqual(expected.detections);
      // Tiles that were computed again stand at the end; nothing is there twice.
      const lines = (await readFile(path, 'utf8')).trim().split('\n');
      expect(lines).toHaveLength(1 + expected.tiles);
    }
  });

  it('keeps apart the journals of other options, models and scenes', async () => {
    const stateFolder = join(folder, 'apart');
    const run = async (more: object) => {
      const detector = new BlobDetector();
      await detectScene({ source: scene(), detector, ...cut, stateFolder, ...more });
      return detector.tiles.length;
    };
    const all = await run({});
    expect(await run({ threshold: 0.7 })).toBe(all);
    expect(await run({ modelFingerprint: 'other' })).toBe(all);
    expect(await run({ tileSize: 320 })).toBeGreaterThan(0);
    // How boxes are merged does not change what tiles give.
    expect(await run({ merge: { type: 'wbf' } })).toBe(0);
  });

  it('ends at once when the signal aborts, and keeps finished tiles', async () => {
    const stateFolder = join(folder, 'aborted');
    const controller = new AbortController();
    const detector = new BlobDetector((count) => {
      if (count === 5) controller.abort(new Error('stop'));
    });
    const aborted = detectScene({
      source: scene(),
      detector,
      ...cut,
      stateFolder,
      signal: controller.signal,
    });
    await expect(aborted).rejects.toThrow('stop');
    const result = await detectScene({ source: scene(), detector: new BlobDetector(), ...cut, stateFolder });
    expect(result.resumedTiles).toBeGreaterThanOrEqual(4);
    expect(boxTexts(result.detections.boxes)).toEqual(truth);
  });

  it('refuses wrong options by name', async () => {
    const options = { source: scene(), detector: new BlobDetector() };
    await expect(detectScene({ ...options, overlap: -1 })).rejects.toThrow('overlap');
    await expect(detectScene({ ...options, bands: [0, 1, 2] })).rejects.toThrow(
      'memory has 1 bands; there is no band 2',
    );
    await expect(detectScene({ ...options, threshold: 2 })).rejects.toThrow('threshold');
  });
});
