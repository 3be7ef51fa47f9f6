import { describe, expect, it } from 'vitest';
import {
  cutTile,
  interleaved,
  pickBands,
  planar,
  withMissing,
} from '../../../src/image/raster/raster-source.js';
import { renderRgb } from '../../../src/image/raster/render.js';
import { planStretch } from '../../../src/image/raster/scaling.js';
import { MemorySource } from '../../detect/scene/memory-source.js';

/** Levels 1000 to 3000 from left to right, and half of the scene without data. */
function ramp(nodata: number, side = 1000): Uint16Array {
  return Uint16Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    return y < side / 2 ? nodata : 1000 + (2000 * x) / side;
  });
}

describe('planStretch', () => {
  it('takes percentiles of recorded pixels only', async () => {
    for (const [nodata, declared] of [
      [65535, 65535],
      [0, 0],
      [0, undefined],
    ] as const) {
      const source = new MemorySource(1000, 1000, [ramp(nodata)], declared);
      const { low, high } = await planStretch(source, [0], { type: 'percentile', low: 2, high: 98 });
      expect(low[0]).toBeCloseTo(1040, -1);
      expect(high[0]).toBeCloseTo(2960, -1);
    }
  });

  it('samples a large scene instead of reading all of it', async () => {
    const source = new MemorySource(3000, 3000, [ramp(65535, 3000)], 65535);
    const { low, high } = await planStretch(source, [0], undefined);
    expect(low[0]).toBeGreaterThan(990);
    expect(high[0]).toBeGreaterThan(2800);
    const pixels = source.reads.reduce((sum, { width, height }) => sum + width * height, 0);
    expect(pixels).toBeLessThan(3000 * 3000 * 0.15);
  });

  it('leaves 8 bits as they are, and stretches more bits by default', async () => {
    const bytes = new MemorySource(4, 1, [Uint8Array.of(3, 4, 5, 6)]);
    expect(await planStretch(bytes, [0], undefined)).toEqual({ low: [0], high: [255] });
    const words = new MemorySource(4, 1, [Uint16Array.of(300, 400, 500, 600)]);
    expect((await planStretch(words, [0], undefined)).low[0]).toBeCloseTo(306);
  });

  it('survives a scene without any data', async () => {
    const source = new MemorySource(4, 4, [new Uint16Array(16)], 0);
    expect(await planStretch(source, [0], undefined)).toEqual({ low: [0], high: [1] });
  });
});

describe('renderRgb', () => {
  it('takes pixels that are stored as they are to be seen, of a part of an image too', () => {
    const samples = Uint8Array.from({ length: 3 * 4 * 3 }, (_, index) => 7 * index);
    const plain = { low: [0, 0, 0], high: [255, 255, 255] };
    const whole = interleaved(samples, 3, { width: 4, height: 3 });
    expect(renderRgb(whole, plain).data).toEqual(samples);
    const part = cutTile(whole, { left: 1, top: 1, width: 2, height: 2 });
    const rows = [...samples.slice(15, 21), ...samples.slice(27, 33)];
    expect([...renderRgb(part, plain).data]).toEqual(rows);
    const swapped = renderRgb(pickBands(part, [2, 1, 0]), plain).data;
    expect([...swapped.slice(0, 3)]).toEqual(rows.slice(0, 3).reverse());
    // What is blackened is a copy: the source may show the same pixels again.
    const masks = [{ samples: new Uint8Array(12), offset: 0, step: 1, rowStep: 4 }];
    expect([...renderRgb(withMissing(whole, undefined, masks), plain).data.slice(0, 3)]).toEqual([0, 0, 0]);
    expect(samples[2]).toBe(14);
  });

  it('scales each band to its range, clamps, and repeats a single one', () => {
    const tile = planar([Uint16Array.of(0, 1000, 2000, 3000, 9000)], { width: 5, height: 1 });
    const { data } = renderRgb(tile, { low: [1000], high: [3000] });
    expect([...data]).toEqual([0, 0, 0, 0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 255, 255]);
  });

  it('makes pixels without data in all bands black, and no others', () => {
    const planes = [Uint8Array.of(10, 99, 99), Uint8Array.of(20, 21, 99), Uint8Array.of(30, 31, 99)];
    const tile = withMissing(planar(planes, { width: 3, height: 1 }), 99);
    const { data, isEmpty, missing } = renderRgb(tile, { low: [0, 0, 0], high: [127.5, 127.5, 127.5] });
    expect([...data]).toEqual([20, 40, 60, 198, 42, 62, 0, 0, 0]);
    // Brightness as it is to be seen is kept: it may be the white of an aircraft as well.
    const asSeen = renderRgb(tile, { low: [0, 0, 0], high: [255, 255, 255] });
    expect([[...asSeen.data], [...asSeen.missing!]]).toEqual([
      [10, 20, 30, 99, 21, 31, 99, 99, 99],
      [0, 0, 1],
    ]);
    expect(isEmpty).toBe(false);
    expect([...missing!]).toEqual([0, 0, 1]);
  });

  it.each([Number.NaN, Infinity, -Infinity])('takes %d for missing', (value) => {
    const floats = planar([Float32Array.of(value, 0.5)], { width: 2, height: 1 });
    expect([...renderRgb(floats, { low: [0], high: [1] }).data]).toEqual([0, 0, 0, 128, 128, 128]);
  });

  it('tells when there is nothing to see', () => {
    const flat = planar([new Uint8Array(9).fill(255)], { width: 3, height: 3 });
    expect(renderRgb(flat, { low: [0], high: [255] }).isEmpty).toBe(true);
  });
});
