import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DetectorConfig } from '../../../models/detector-config.js';
import { initialDetectorWeights } from '../../../models/initialise-detector.js';
import { integer, randomStream } from '../../../src/base/random.js';
import { modelFingerprint } from '../../../src/checkpoint/model-fingerprint.js';
import { writeModelFolder } from '../../../src/checkpoint/model-folder.js';
import type { LookedAt } from '../../../src/detect/detector.js';
import { loadDetector } from '../../../src/detect/load.js';
import { detectScene } from '../../../src/detect/scene/detect-scene.js';
import type { TracedDetector } from '../../../src/detect/traced-detector.js';
import { smallDetectors } from '../../models/detector-configs.js';
import { MemorySource } from '../scene/memory-source.js';

const head = { ...smallDetectors['one stage'].head, strides: [4, 8] };
const config: DetectorConfig = { ...smallDetectors['one stage'], head };
const firstLook = { factor: 2, threshold: 0.3, margin: 0 };
const [width, height] = [112, 80];
/** Windows of 16 x 16 pixels. */
const windows = 35;
const random = randomStream(7);
const data = Uint8Array.from({ length: 3 * width * height }, () => integer(random, 256));
const tile = { data, width, height };

let folder: string;
let detector: TracedDetector;

async function writeSmall(path: string, seed: number): Promise<void> {
  const weights = initialDetectorWeights(config, seed);
  const preprocessing = {
    mean: [0.5, 0.5, 0.5] as [number, number, number],
    std: [0.5, 0.5, 0.5] as [number, number, number],
    interpolation: 'bicubic' as const,
    imageSize: [32, 32] as [number, number],
    resize: { mode: 'none' as const },
  };
  await writeModelFolder(path, { config, labels: ['a', 'b'], weights, preprocessing }, 'A small one.');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-look-'));
  await writeSmall(folder, 3);
  await writeSmall(join(folder, 'first-look'), 4);
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), firstLook }));
  detector = await loadDetector(folder, { threads: 1 });
});
afterAll(async () => {
  await detector.close();
  await rm(folder, { recursive: true });
});

async function detect(options: object) {
  let look: LookedAt | undefined;
  const onLook = (counts: LookedAt) => {
    look = counts;
  };
  const found = await detector.detect(tile, { threshold: 0.005, ...options, onLook });
  return { found, look };
}

describe('a first look', () => {
  it('changes nothing where it excludes nothing, and is not taken unless asked for', async () => {
    const without = await detect({});
    expect(without.look).toBeUndefined();
    expect(without.found.count).toBeGreaterThan(10);
    const all = await detect({ firstLook: 0 });
    expect(all).toEqual({ found: without.found, look: { windows, looked: windows } });
  });

  it('has only those windows looked at where it cannot exclude an object, and says how many', async () => {
    expect(await detect({ firstLook: 1 })).toMatchObject({
      found: { count: 0 },
      look: { windows, looked: 0 },
    });
    const one = await detect({
      firstLook: 0,
      isWanted: ([left, top]: number[]) => left === 32 && top === 16,
    });
    expect(one.look).toEqual({ windows, looked: 1 });
    expect(one.found.count).toBeGreaterThan(0);
    for (let box = 0; box < one.found.count; box++) {
      const [x1, y1, x2, y2] = one.found.boxes.subarray(4 * box, 4 * box + 4) as unknown as number[];
      expect([(x1! + x2!) / 2, (y1! + y2!) / 2].every((at) => at > -16 && at < 80)).toBe(true);
    }
  });

  it('is told from a scene’s settings, counted over its tiles, and kept apart in journals', async () => {
    const source = () => new MemorySource(width, height, [data.slice(0, width * height)]);
    const stateFolder = join(folder, 'state');
    const options = {
      ...{ detector, threshold: 0.005, tileSize: 64, overlap: 16, stateFolder, gsd: 1 },
      modelFingerprint: await modelFingerprint(folder),
    };
    const run = (firstLook?: boolean | number) => detectScene({ ...options, source: source(), firstLook });
    const plain = await run();
    expect([plain.look, plain.resumedTiles]).toEqual([undefined, 0]);
    expect(await run(false)).toMatchObject({ resumedTiles: plain.tiles, detections: plain.detections });
    const all = await run(0);
    expect([all.resumedTiles, all.look!.looked]).toEqual([0, all.look!.windows]);
    expect(all.detections).toEqual(plain.detections);
    const none = await run(1);
    expect([none.resumedTiles, none.detections.count, none.look!.looked]).toEqual([0, 0, 0]);
    // What a journal has is counted as well.
    const again = await run(0);
    expect([again.resumedTiles, again.look]).toEqual([plain.tiles, all.look]);
    // The detector's own score.
    expect(await run(true)).toMatchObject({ resumedTiles: 0 });
    expect((await run(0.3)).resumedTiles).toBe(plain.tiles);
  });

  it('leaves out windows without any image', async () => {
    const options = { detector, threshold: 0.005, tileSize: 128, overlap: 16, gsd: 1, firstLook: 0 };
    const half = data.slice(0, width * height).map((value, at) => (at % width < 48 ? 0 : value || 1));
    const { look } = await detectScene({ ...options, source: new MemorySource(width, height, [half], 0) });
    expect(look!.looked).toBeLessThan(look!.windows);
  });

  it('is refused by a detector without one, and with a score that is none', async () => {
    const source = new MemorySource(width, height, [data.slice(0, width * height)]);
    const bare = { ...detector, labels: detector.labels, stride: 16, oriented: false, firstLook: undefined };
    const other = { ...bare, detect: () => detector.detect(tile), close: async () => undefined };
    await expect(detectScene({ source, detector: other, firstLook: true })).rejects.toThrow(
      'without a first look',
    );
    await expect(detectScene({ source, detector, firstLook: 1.5 })).rejects.toThrow('from 0 to 1');
  });
});
