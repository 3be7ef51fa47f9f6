import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scoreModel } from '../../../src/cli/evaluate/detection.js';
import { loadDetector } from '../../../src/detect/load.js';
import { writeDotaScenes } from '../../helpers/synthetic/write-dota.js';
import { trainTinyDetector, writeTinyBackbone } from './tiny-detector.js';

/** A short version of scripts/train-oriented.ts. */
let folder: string;
const size = { width: 192, height: 96, density: 1 };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-oriented-'));
  await writeDotaScenes(join(folder, 'scenes'), [0, 1, 2, 3], size);
  await writeTinyBackbone(join(folder, 'model'));
  await repeatScenes(10);
});
afterAll(() => rm(folder, { recursive: true }));

/** The same scenes under other names: an epoch is then worth its validation. */
async function repeatScenes(times: number): Promise<void> {
  await writeDotaScenes(join(folder, 'tenfold'), [0, 1, 2, 3], size);
  for (let time = 1; time < times; time++) {
    for (const seed of [0, 1, 2, 3]) {
      for (const [kind, ending] of [
        ['images', 'png'],
        ['labelTxt', 'txt'],
      ] as const) {
        const own = join(folder, 'tenfold', kind, `${seed}.${ending}`);
        await copyFile(own, join(folder, 'tenfold', kind, `${time}-${seed}.${ending}`));
      }
    }
  }
}

it('learns four scenes of turned objects by heart, their angles too', { timeout: 300_000 }, async () => {
  const data = join(folder, 'scenes');
  const out = join(folder, 'by-heart');
  const head = { strides: [8], channels: 32, convolutions: 2, oriented: true };
  const { best } = await trainTinyDetector({
    data: { labels: join(folder, 'tenfold') },
    validation: { labels: data },
    model: join(folder, 'model'),
    head,
    epochs: 14,
    optimiser: { learningRate: 0.005, warmupEpochs: 1, averageDecay: 0.8 },
    out,
  });
  const model = join(out, 'best');
  const open = () => loadDetector(model, { threads: 1 });
  const { oriented, oriented75, objects } = await scoreModel({ model, data }, open);
  expect(objects).toBeGreaterThan(5);
  expect(oriented!.mAP).toBeGreaterThan(0.8);
  // Squares overlap vehicles by up to 0.58: only a stricter overlap shows whether angles are right.
  const vehicles = oriented75!.classes.find(({ name }) => name === 'vehicle')!;
  expect(vehicles.AP).toBeGreaterThan(0.7);
  // The run's own validation takes both classes for one.
  expect(best!.measure).toBe('AP');
  expect(best!.score).toBeGreaterThan(0.6);
});
