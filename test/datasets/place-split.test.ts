import { describe, expect, it } from 'vitest';
import type { PlacedImage } from '../../datasets/place-split.js';
import { placeName, splitByPlace } from '../../datasets/place-split.js';

const image = (path: string, rest: Partial<PlacedImage> = {}): PlacedImage => ({
  path,
  labels: [0],
  ...rest,
});

function sides(images: readonly PlacedImage[], share = 0.25, seed = 1) {
  const { validation, how } = splitByPlace(images, share, seed);
  const at = (isHeld: boolean) =>
    images.filter((_, index) => validation.has(index) === isHeld).map(({ path }) => path);
  return { training: at(false), validation: at(true), how };
}

describe('splitByPlace', () => {
  it('keeps images whose names begin alike on one side', () => {
    const images = ['lhr', 'cdg', 'jfk', 'ams'].flatMap((airport) =>
      [0, 512, 1024].map((x) => image(`${airport}__${x}__0.png`)),
    );
    for (const seed of [1, 2, 3, 4, 5]) {
      const { training, validation, how } = sides(images, 0.25, seed);
      expect(validation).toHaveLength(3);
      const places = (paths: readonly string[]) => new Set(paths.map((path) => path.slice(0, 3)));
      expect([...places(validation)].filter((place) => places(training).has(place))).toEqual([]);
      expect(how).toMatch(/names begin, 4 places/);
    }
  });

  it('keeps neighbours by georeference on one side, whatever their names', () => {
    const tile = (x: number, y: number): PlacedImage['bounds'] => [x, y, x + 10, y + 10];
    const places = [0, 1000, 2000, 3000].flatMap((x) => [tile(x, 0), tile(x + 10, 0), tile(x + 10, 10)]);
    const images = places.map((bounds, at) =>
      image(`${String.fromCharCode(97 + ((at * 5) % 12))}.tif`, { bounds }),
    );
    const { validation } = splitByPlace(images, 0.25, 3);
    const held = [...validation].map((at) => Math.floor(at / 3));
    expect(validation.size).toBe(3);
    expect(new Set(held).size).toBe(1);
  });

  it('takes one end of images that all lie side by side', () => {
    const images = Array.from({ length: 10 }, (_, x) =>
      image(`${x}.tif`, { bounds: [10 * x, 0, 10 * x + 10, 10] }),
    );
    expect(sides(images, 0.2).validation).toEqual(['8.tif', '9.tif']);
  });

  it('takes the last of images that are only numbered', () => {
    const images = Array.from({ length: 12 }, (_, at) => image(`frame_${at + 1}.jpg`));
    const { validation, how } = sides(images, 0.25);
    expect(validation).toEqual(['frame_10.jpg', 'frame_11.jpg', 'frame_12.jpg']);
    expect(how).toMatch(/neighbours/);
  });

  it('takes some of each class', () => {
    const images = [0, 1, 2].flatMap((label) =>
      Array.from({ length: 8 }, (_, at) => image(`class${label}/${at}.jpg`, { labels: [label] })),
    );
    for (const share of [0.125, 0.25]) {
      const held = [...splitByPlace(images, share, 1).validation].map((at) => images[at]!.labels[0]);
      expect(new Set(held).size).toBe(3);
      expect(held).toHaveLength(24 * share);
    }
  });

  it('keeps copies together, and classes with one image in training', () => {
    const images = 'abcdefgh'
      .split('')
      .map((name, at) =>
        image(`${name}.png`, { labels: at === 2 ? [1] : [0], copyOf: at < 2 ? 0 : undefined }),
      );
    for (let seed = 0; seed < 20; seed++) {
      const { training, validation, how } = sides(images, 0.25, seed);
      expect(validation.includes('a.png')).toBe(validation.includes('b.png'));
      expect(training).toContain('c.png');
      expect(validation.length).toBeGreaterThan(0);
      expect(how).toMatch(/image by image/);
    }
  });

  it('holds nothing back where there is one image', () => {
    expect(splitByPlace([image('a.png')], 0.2, 1).validation.size).toBe(0);
  });
});

describe('placeName', () => {
  it.each([
    ['tiles/lhr_r3_c12.png', 'tiles/lhr'],
    ['P0706__1__512___1024.png', './P0706'],
    ['DJI_0005-0018.jpg', './DJI'],
    ['b001.jpg', './b001'],
    ['0012.jpg', './0012'],
    ['munich.jpg', './munich'],
  ])('of %s is %s', (path, expected) => expect(placeName(path)).toBe(expected));
});
