import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { findCopies, fingerprint } from '../../../datasets/survey/image-copies.js';
import { surveyImages } from '../../../datasets/survey/survey-images.js';
import { SyntheticScene } from '../../helpers/synthetic/synthetic-scenes.js';

let folder: string;
const [width, height] = [256, 192];
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-copies-'));
  for (const seed of [1, 2, 3]) {
    const scene = new SyntheticScene({ width, height, seed, density: 4 });
    const data = scene.read({ left: 0, top: 0, width, height });
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(at(`scene${seed}.png`));
  }
  await writeFile(at('same.png'), await readFile(at('scene1.png')));
  await sharp(at('scene2.png')).resize(128, 96).jpeg({ quality: 70 }).toFile(at('smaller.jpg'));
  const jpeg = await sharp(at('scene3.png')).jpeg().toBuffer();
  await writeFile(at('cut.jpg'), jpeg.subarray(0, jpeg.length / 2));
  const flat = (colour: string) =>
    sharp({ create: { width: 64, height: 64, channels: 3, background: colour } });
  await flat('#111').png().toFile(at('dark.png'));
  await flat('#777').png().toFile(at('grey.png'));
});

describe('copies of images', () => {
  it('are found by bytes and by look, not among different scenes or even images', async () => {
    const names = [
      'scene1.png',
      'scene2.png',
      'same.png',
      'scene3.png',
      'smaller.jpg',
      'dark.png',
      'grey.png',
    ];
    const prints = await Promise.all(names.map((name) => fingerprint(at(name))));
    expect(findCopies(prints)).toEqual([0, 1, 0, undefined, 1, undefined, undefined]);
  });

  it('and files cut short are named by a survey, which ends when its time is over', async () => {
    const paths = ['scene1.png', 'cut.jpg', 'absent.png'].map(at);
    const { broken, looked } = await surveyImages(paths, 60);
    expect([looked, ...broken.keys()]).toEqual([3, 1, 2]);
    expect(broken.get(2)).toMatch(/absent\.png/);
    expect((await surveyImages(paths, 0)).looked).toBe(0);
  });
});
