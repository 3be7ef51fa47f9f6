import { expect, it } from 'vitest';
import { detectTile, tileImage } from '../../../src/detect/scene/tile-image.js';
import { gradient } from '../../image/images.js';
import { BlobDetector } from './blobs.js';

const tile = { data: gradient(3, 2), width: 3, height: 2, isEmpty: false };

it('copies a tile, so that it can be given away, a view into what a decoder holds too', () => {
  // `slice` of a Buffer would be a view.
  for (const data of [tile.data, Buffer.from(tile.data.buffer)]) {
    const image = tileImage({ ...tile, data })!;
    expect([image.width, image.height, ...image.data]).toEqual([3, 2, ...tile.data]);
    expect(image.data.buffer).not.toBe(tile.data.buffer);
    expect(image.data.buffer.byteLength).toBe(18);
  }
});

it('spares the detector tiles without anything to see', async () => {
  const detector = new BlobDetector();
  const { empty, detections } = await detectTile(detector, tileImage({ ...tile, isEmpty: true }), {});
  expect([empty, detections.count]).toEqual([true, 0]);
  expect(detector.tiles).toHaveLength(0);
});
