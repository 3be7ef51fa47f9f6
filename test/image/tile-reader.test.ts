import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as decoding from '../../src/image/decode.js';
import { readHeader } from '../../src/image/header.js';
import { TileReader } from '../../src/image/tile-reader.js';
import { planTiles } from '../../src/image/tiles.js';
import { noisyJpeg } from './images.js';

vi.mock('../../src/image/decode.js', { spy: true });
afterEach(() => vi.clearAllMocks());

/** Reads all tiles of at most 4096 pixels: [decodings needed, tiles equal to those decoded one by one, tiles]. */
async function readAll(source: Uint8Array, mostBytes?: number) {
  const header = await readHeader(source);
  const { tiles, rows, columns } = planTiles(header, 16, 4096);
  const reader = new TileReader(source, header, mostBytes);
  const read: decoding.RgbImage[] = [];
  for (const tile of tiles) read.push(await reader.read(tile));
  const decodings = vi.mocked(decoding.decodeRgb).mock.calls.length;
  const alone = await Promise.all(tiles.map((box) => decoding.decodeRgb(source, { header, box })));
  const equal = alone.filter(({ width, height, data }, index) => {
    const tile = read[index]!;
    return tile.width === width && tile.height === height && Buffer.compare(tile.data, data) === 0;
  });
  return { decodings, equal: equal.length, tiles: tiles.length, rows, columns };
}

describe('TileReader', () => {
  it('decodes once for each row of tiles, to the same pixels', async () => {
    const { decodings, rows, columns, equal, tiles } = await readAll(await noisyJpeg(250, 200));
    expect([rows > 1, columns > 1]).toEqual([true, true]);
    expect([decodings, equal]).toEqual([rows, tiles]);
  });

  it('cuts images that are stored on their side where they lie', async () => {
    const turned = await sharp(await noisyJpeg(250, 200))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const { decodings, rows, equal, tiles } = await readAll(turned);
    expect([decodings, equal]).toEqual([rows, tiles]);
  });

  it('decodes tile by tile where a row would take too much memory', async () => {
    const { decodings, equal, tiles } = await readAll(await noisyJpeg(250, 200), 1000);
    expect([decodings, equal]).toEqual([tiles, tiles]);
  });
});
