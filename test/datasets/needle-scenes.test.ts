import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleDigit } from '../../datasets/digits/scale-digit.js';
import {
  drawNeedleScene,
  type NeedleSettings,
  needleSchema,
  paintNeedleScene,
} from '../../datasets/needle-scenes.js';

const settingsOf = (settings: object): NeedleSettings =>
  needleSchema.parse({ generator: 'needle', ...settings });
const settings = settingsOf({ canvas: 128, object: 14 });

describe('a needle scene', () => {
  it('has one 3 or none, as its label says, and the same number of objects either way', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(10_000), (seed, index) => {
        const { objects, hasNeedle } = drawNeedleScene(settings, seed, 'train', index);
        expect(objects).toHaveLength(settings.clutter + 1);
        expect(objects.filter(({ label }) => label === 3)).toHaveLength(Number(hasNeedle));
        for (const { top, left } of objects) {
          expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
          expect(Math.max(top, left)).toBeLessThanOrEqual(128 - 14);
        }
      }),
    );
  });

  it('has a needle half of the time', () => {
    const needles = Array.from({ length: 1000 }, (_, index) => drawNeedleScene(settings, 1, 'val', index));
    const share = needles.filter(({ hasNeedle }) => hasNeedle).length / 1000;
    expect(share).toBeGreaterThan(0.42);
    expect(share).toBeLessThan(0.58);
  });

  it('is the same whenever it is drawn', () => {
    const draw = () => drawNeedleScene(settings, 4, 'test', 17);
    expect(draw()).toEqual(draw());
  });

  it('keeps the published density of clutter whatever the canvas and the object', () => {
    expect(settingsOf({ canvas: 256 }).clutter).toBe(25);
    expect(settingsOf({ canvas: 512 }).clutter).toBe(100);
    expect(settingsOf({ canvas: 256, object: 14 }).clutter).toBe(100);
  });

  it('is painted inside its objects alone', () => {
    const scene = drawNeedleScene({ ...settings, clutter: 2 }, 1, 'train', 3);
    const { pixels } = paintNeedleScene(scene, settings, 'train');
    const isInside = (at: number) =>
      scene.objects.some(({ top, left }) => {
        const [row, column] = [Math.floor(at / 128) - top, (at % 128) - left];
        return row >= 0 && row < 14 && column >= 0 && column < 14;
      });
    expect(pixels.every((value, at) => value === 0 || isInside(at))).toBe(true);
    expect(pixels.some((value) => value > 128)).toBe(true);
  });
});

describe('scaleDigit', () => {
  it('keeps a flat patch flat, and its mean brightness', () => {
    const flat = new Uint8Array(784).fill(200);
    for (const side of [7, 14, 40, 112]) {
      expect(scaleDigit(flat, side)).toHaveLength(side * side);
      expect(new Set(scaleDigit(flat, side))).toEqual(new Set([200]));
    }
  });

  it('averages on the way down and interpolates on the way up', () => {
    const stripes = Uint8Array.from({ length: 784 }, (_, at) => (at % 2 === 0 ? 0 : 200));
    const half = scaleDigit(stripes, 14);
    for (const value of half.subarray(1, 13)) expect(Math.abs(value - 100)).toBeLessThan(30);
    const ramp = Uint8Array.from({ length: 784 }, (_, at) => 4 * (at % 28));
    const doubled = scaleDigit(ramp, 56);
    for (let column = 1; column < 56; column++)
      expect(doubled[column]!).toBeGreaterThanOrEqual(doubled[column - 1]!);
  });
});
