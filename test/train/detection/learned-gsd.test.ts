import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { detectionConfigSchema } from '../../../src/train/detection/config.js';
import { learnedGsd } from '../../../src/train/detection/learned-gsd.js';
import type { WrittenScenes } from './detection-scenes.js';
import { writeScenes } from './detection-scenes.js';
import { trainTinyDetector, writeTinyBackbone } from './tiny-detector.js';

// Training takes seconds on an idle machine, and there is always other work.
const patience = 120_000;

const utm31 =
  'PROJCS["WGS 84 / UTM zone 31N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],' +
  'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",3],' +
  'PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","32631"]]';

let scenes: WrittenScenes;
let paths: string[];
const notes: string[] = [];
const note = (line: string) => notes.push(line);

beforeAll(async () => {
  scenes = await writeScenes(4, { width: 192, height: 96, density: 1 });
  paths = scenes.labels.images.map(({ file_name }) => join(scenes.folder, file_name));
});
afterAll(() => rm(scenes.folder, { recursive: true }));

/** Places the images in UTM zone 31, a pixel each as large as is said. */
async function place(sizes: readonly number[]): Promise<void> {
  for (const [index, size] of sizes.entries()) {
    await writeFile(join(scenes.folder, `${index}.pgw`), `${size}\n0\n0\n-${size}\n500000\n5000000\n`);
    await writeFile(join(scenes.folder, `${index}.prj`), utm31);
  }
}

it('is what the configuration says, or nothing where images are stretched or have no place', async () => {
  expect(await learnedGsd({ gsd: 0.3, resize: 'none' }, paths, note)).toBe(0.3);
  expect(await learnedGsd({ resize: 'none' }, [...paths, 'gone.png'], note)).toBeUndefined();
  expect(notes).toEqual([]);
  const config = {
    task: 'detection',
    data: { labels: 'x' },
    model: 'm',
    imageSize: [64, 64],
    epochs: 1,
    batchSize: 1,
    out: 'o',
  };
  const stretched = { ...config, optimiser: { learningRate: 1e-3 }, resize: 'stretch', gsd: 1 };
  expect(detectionConfigSchema.safeParse(stretched).error?.issues).toMatchObject([{ path: ['gsd'] }]);
});

it('is refused, with the range, where images are of many resolutions', async () => {
  await place([0.5, 0.5, 0.5, 1]);
  notes.length = 0;
  expect(await learnedGsd({ resize: 'none' }, paths, note)).toBeUndefined();
  expect(notes).toEqual([
    expect.stringMatching(/of 0\.5 m to 1 m a pixel: the model gets no ground sampling/),
  ]);
  expect(await learnedGsd({ resize: 'stretch' }, paths, note)).toBeUndefined();
});

it(
  'is kept by the model that is trained, as the images say it',
  async () => {
    await place([0.5, 0.5, 0.5, 0.52]);
    const model = join(scenes.folder, 'model');
    await writeTinyBackbone(model);
    const out = join(scenes.folder, 'out');
    const data = { data: { labels: scenes.path }, validation: { labels: scenes.path } };
    await trainTinyDetector({ ...data, model, out, epochs: 1 });
    const { gsd } = await readModelFolder(join(out, 'best'));
    // UTM's metres are 0.04 % longer than those on the ground there.
    expect(gsd).toBe(0.5);
  },
  patience,
);
