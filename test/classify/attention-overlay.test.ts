import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { AttentionMosaic, localShares } from '../../src/classify/attention-map.js';
import { drawAttention } from '../../src/classify/attention-overlay.js';
import { plain } from '../image/images.js';

/** Attention of one head and one global token that keeps 0.2 to itself. */
function attention(rows: number, columns: number, locals: readonly number[]) {
  return { data: Float32Array.from([0.2, ...locals]), heads: 1, globals: 1, rows, columns };
}

describe('attention maps', () => {
  it('average the heads of the first global token over local tokens', () => {
    const data = Float32Array.from(
      [
        [0, 0, 0.6, 0.2],
        [9, 9, 9, 9],
        [0.5, 0.1, 0.2, 0.2],
        [9, 9, 9, 9],
      ].flat(),
    );
    const shares = localShares({ data, heads: 2, globals: 2, rows: 1, columns: 2 });
    expect(shares[0]).toBeCloseTo(0.8 / 1.2, 6);
    expect(shares[1]).toBeCloseTo(0.4 / 1.2, 6);
  });

  it('are put together from tiles by their number of tokens', () => {
    const view = { width: 40, height: 16 };
    const mosaic = new AttentionMosaic(view);
    mosaic.add({ left: 0, top: 0, width: 32, height: 16 }, 16, attention(1, 2, [0.6, 0.2]));
    mosaic.add({ left: 32, top: 0, width: 8, height: 16 }, 16, attention(1, 1, [0.8]));
    const map = mosaic.finish({ left: 0, top: 0, ...view })!;
    expect([map.rows, map.columns, map.box.width, map.box.height]).toEqual([1, 3, 48, 16]);
    expect(Array.from(map.data, (share) => Math.round(share * 1e4) / 1e4)).toEqual([0.5, 0.1667, 0.3333]);
  });

  it('leave out tokens that see only padding', () => {
    const mosaic = new AttentionMosaic({ width: 10, height: 10 });
    mosaic.add({ left: 0, top: 0, width: 10, height: 10 }, 32, attention(2, 2, [0.2, 0.2, 0.2, 0.2]));
    expect(mosaic.finish({ left: 0, top: 0, width: 10, height: 10 })).toMatchObject({
      rows: 1,
      columns: 1,
      data: new Float32Array([1]),
    });
  });

  it('do not exist where the model has no global token', () => {
    expect(
      new AttentionMosaic({ width: 10, height: 10 }).finish({ left: 0, top: 0, width: 10, height: 10 }),
    ).toBeUndefined();
  });
});

describe('overlay', () => {
  it('glows where attention is, in an image scaled down', async () => {
    const photograph = await plain(640, 320, { r: 90, g: 90, b: 90 }).png().toBuffer();
    const data = new Float32Array(20 * 40);
    for (let row = 12; row < 17; row++) data.fill(1 / 25, row * 40 + 30, row * 40 + 35);
    const png = await drawAttention(
      photograph,
      { data, rows: 20, columns: 40, box: { left: 0, top: 0, width: 640, height: 320 } },
      { longestSide: 320 },
    );
    const { data: pixels, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.format, info.width, info.height, info.channels]).toEqual(['raw', 320, 160, 3]);
    const brightness = (x: number, y: number) => pixels[3 * (y * 320 + x)]!;
    expect(brightness(260, 116)).toBeGreaterThan(180);
    expect(brightness(60, 40)).toBeLessThan(80);
  });

  it('places a map that covers a part, and cuts off what lies beyond the edge', async () => {
    const photograph = await plain(200, 100, { r: 0, g: 0, b: 0 }).png().toBuffer();
    const map = {
      data: new Float32Array([1]),
      rows: 1,
      columns: 1,
      box: { left: 100, top: 20, width: 150, height: 30 },
    };
    const { data, info } = await sharp(await drawAttention(photograph, map))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([200, 100]);
    const glowing = [
      [50, 30],
      [150, 10],
      [150, 30],
      [199, 49],
      [150, 60],
    ].map(([x, y]) => data[3 * (y! * 200 + x!)]! > 150);
    expect(glowing).toEqual([false, false, true, true, false]);
  });
});
