import { expect, it } from 'vitest';
import { detectTile, tilePicture } from '../../../src/detection/scene/tile-picture.js';
import { gradient } from '../../image/images.js';
import { BlobDetector } from './blobs.js';

const rendered = (width: number, height: number) => ({
  data: gradient(width, height),
  width,
  height,
  isEmpty: false,
});

it('continues a tile by its mirror image, in memory of its own', () => {
  const tile = rendered(3, 2);
  const { picture, within } = tilePicture(tile, { width: 5, height: 4 });
  expect(within).toEqual({ width: 3, height: 2 });
  const pixel = (x: number, y: number) => [...picture!.data.subarray(3 * (5 * y + x), 3 * (5 * y + x) + 3)];
  expect([picture!.width, picture!.height, picture!.data.length]).toEqual([5, 4, 60]);
  expect(pixel(3, 3)).toEqual(pixel(2, 0));
  expect(pixel(4, 2)).toEqual(pixel(1, 1));

  const whole = tilePicture(tile, within);
  expect(whole.picture!.data).toEqual(tile.data);
  expect(whole.picture!.data.buffer).not.toBe(tile.data.buffer);
  // A view into what a decoder holds is copied too, Node's `slice` notwithstanding.
  const view = tilePicture({ ...tile, data: Buffer.from(tile.data.buffer) }, within);
  expect(view.picture!.data.buffer).not.toBe(tile.data.buffer);
});

it('spares the detector tiles without anything to see, and drops what lies in the continuation', async () => {
  const detector = new BlobDetector();
  const empty = tilePicture({ ...rendered(20, 20), isEmpty: true }, { width: 32, height: 32 });
  expect((await detectTile(detector, empty, {})).count).toBe(0);
  expect(detector.tiles).toHaveLength(0);

  const data = new Uint8Array(3 * 20 * 20);
  for (let y = 4; y < 9; y++) data.fill(200, 3 * (20 * y + 6), 3 * (20 * y + 12));
  const tile = tilePicture({ data, width: 20, height: 20, isEmpty: false }, { width: 40, height: 40 });
  const found = await detectTile(detector, tile, {});
  expect(detector.tiles).toEqual([{ width: 40, height: 40 }]);
  expect([...found.boxes]).toEqual([6, 4, 12, 9]);
});
