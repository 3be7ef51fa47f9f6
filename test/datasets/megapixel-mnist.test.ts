import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataSplit } from '../../datasets/digits/mnist.js';
import { digitPixelsOf, mnistDigits } from '../../datasets/digits/mnist.js';
import {
  drawMegapixelScene,
  labelsOf,
  type MegapixelSettings,
  megapixelSchema,
  noiseForCanvas,
  noiseOf,
  paintMegapixelScene,
} from '../../datasets/megapixel-mnist.js';

const settingsOf = (settings: object): MegapixelSettings =>
  megapixelSchema.parse({ generator: 'megapixel-mnist', ...settings });
const settings = settingsOf({ canvas: 192, noise: 7 });
const splits: DataSplit[] = ['train', 'val', 'test'];
const anyScene = fc.record({ seed: fc.nat(1000), index: fc.nat(100_000), split: fc.constantFrom(...splits) });

describe('the published settings', () => {
  it('are a canvas of 1500 with five digits, three of one class, and 50 patches of noise', () => {
    expect(settingsOf({})).toMatchObject({
      canvas: 1500,
      digits: 5,
      majority: 3,
      noise: 50,
      onTop: 'digits',
    });
  });

  it('scale the noise with the area', () => {
    expect([1500, 1024, 512, 256, 64].map(noiseForCanvas)).toEqual([50, 23, 6, 1, 0]);
  });

  it.each([{ majority: 2 }, { majority: 6 }, { canvas: 80 }, { digits: 0 }, { noise: -1 }])(
    'are refused as %j',
    (wrong) => {
      expect(() => settingsOf(wrong)).toThrow();
    },
  );
});

describe('a scene', () => {
  it('has digits on the canvas that do not overlap', () => {
    fc.assert(
      fc.property(anyScene, ({ seed, index, split }) => {
        const { digits } = drawMegapixelScene(settings, seed, split, index);
        expect(digits).toHaveLength(5);
        for (const [at, digit] of digits.entries()) {
          expect(Math.min(digit.top, digit.left)).toBeGreaterThanOrEqual(0);
          expect(Math.max(digit.top, digit.left)).toBeLessThanOrEqual(192 - 28);
          for (const other of digits.slice(at + 1)) {
            const gap = Math.max(Math.abs(digit.top - other.top), Math.abs(digit.left - other.left));
            expect(gap).toBeGreaterThanOrEqual(28);
          }
        }
      }),
    );
  });

  it('has labels that follow from what lies where', () => {
    fc.assert(
      fc.property(anyScene, ({ seed, index, split }) => {
        const { digits, labels } = drawMegapixelScene(settings, seed, split, index);
        const values = digits.map(({ label }) => label);
        expect(values.filter((value) => value === labels.majority)).toHaveLength(3);
        expect(labels.max).toBe(values.toSorted((a, b) => b - a)[0]);
        expect(labels.top).toBe(digits.toSorted((a, b) => a.top - b.top)[0]!.label);
        expect(labels.multi).toEqual(Array.from({ length: 10 }, (_, d) => Number(values.includes(d))));
        for (const { index: digit, label } of digits) expect(mnistDigits(split).labels[digit]).toBe(label);
      }),
    );
  });

  it('is the same whenever it is drawn, and another for another seed, split or number', () => {
    const scene = (seed: number, split: DataSplit, index: number) =>
      JSON.stringify(drawMegapixelScene(settings, seed, split, index));
    const first = scene(1, 'train', 5);
    scene(9, 'val', 1);
    expect(scene(1, 'train', 5)).toBe(first);
    const others = [scene(2, 'train', 5), scene(1, 'val', 5), scene(1, 'train', 6)];
    for (const other of others) expect(other).not.toBe(first);
  });

  it('spreads its targets evenly', () => {
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 2000; index++) {
      counts[drawMegapixelScene(settings, 3, 'train', index).labels.majority]! += 1;
    }
    // Five standard deviations of a binomial distribution around 200.
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(70);
  });

  it('of one digit answers every question with it', () => {
    const single = settingsOf({ canvas: 32, digits: 1, noise: 0 });
    const { labels, digits } = drawMegapixelScene(single, 1, 'train', 0);
    const { label } = digits[0]!;
    expect(labels).toMatchObject({ majority: label, max: label, top: label });
    expect(labels.multi.indexOf(1)).toBe(label);
  });
});

describe('labelsOf', () => {
  it('answers by hand-made examples', () => {
    const digits = [
      { top: 50, left: 0, index: 0, label: 2 },
      { top: 10, left: 90, index: 0, label: 2 },
      { top: 9, left: 40, index: 0, label: 0 },
      { top: 70, left: 70, index: 0, label: 8 },
      { top: 90, left: 10, index: 0, label: 2 },
    ];
    expect(labelsOf(digits)).toEqual({ majority: 2, max: 8, top: 0, multi: [1, 0, 1, 0, 0, 0, 0, 0, 1, 0] });
  });
});

describe('an image', () => {
  const painted = (onTop: 'digits' | 'noise', index: number) => {
    const used = settingsOf({ canvas: 140, noise: 40, onTop });
    const scene = drawMegapixelScene(used, 1, 'test', index);
    return { scene, canvas: paintMegapixelScene(scene, used, 'test', noiseOf(1, 'test')) };
  };
  const under = (pixels: Uint8Array, { top, left }: { top: number; left: number }) =>
    Array.from({ length: 28 * 28 }, (_, at) => pixels[(top + Math.floor(at / 28)) * 140 + left + (at % 28)]!);

  it('shows every digit whole when digits are drawn last', () => {
    const { scene, canvas } = painted('digits', 4);
    for (const digit of scene.digits) {
      expect(under(canvas.pixels, digit)).toEqual([...digitPixelsOf(mnistDigits('test'), digit.index)]);
    }
  });

  it('shows the last noise whole when noise is drawn over the digits', () => {
    const { scene, canvas } = painted('noise', 4);
    const last = scene.noise.at(-1)!;
    expect(under(canvas.pixels, last)).toEqual([...noiseOf(1, 'test')[last.pattern]!]);
    const isWhole = (digit: (typeof scene.digits)[number]) =>
      under(canvas.pixels, digit).join() === digitPixelsOf(mnistDigits('test'), digit.index).join();
    expect(scene.digits.every(isWhole)).toBe(false);
  });

  it('has the same labels in both orders', () => {
    expect(painted('noise', 7).scene.labels).toEqual(painted('digits', 7).scene.labels);
  });
});

describe('what splits are made of', () => {
  it('has no digit in two splits', () => {
    const [train, val, test] = splits.map(mnistDigits);
    expect([train, val, test].map((digits) => digits!.count)).toEqual([55_000, 5_000, 10_000]);
    expect(val!.pixels.byteOffset).toBe(train!.pixels.byteOffset + train!.pixels.byteLength);
    expect(test!.pixels.buffer).not.toBe(train!.pixels.buffer);
  });

  it('has 50 patterns of noise each, none in two splits', () => {
    const pools = splits.map((split) => noiseOf(1, split).map((pattern) => pattern.join()));
    expect(pools.map((pool) => pool.length)).toEqual([50, 50, 50]);
    expect(new Set(pools.flat()).size).toBe(150);
  });

  it('has noise of one or two thin lines, nearly white', () => {
    for (const pattern of noiseOf(1, 'train')) {
      const ink = [...pattern].filter((value) => value > 0);
      expect(ink.length).toBeGreaterThan(8);
      expect(ink.length).toBeLessThanOrEqual(4 * 28);
      expect(Math.min(...ink)).toBeGreaterThanOrEqual(204);
    }
  });
});
