import type { Random } from '../../src/base/random.js';
import { integer } from '../../src/base/random.js';
import type { Size } from '../../src/boxes/box.js';
import type { VisibleObjects } from '../annotations/visible-objects.js';
import { shiftBox, shiftObjects } from '../annotations/visible-objects.js';
import type { Planes } from './planes.js';

/** Where one of four images goes: its size and its top left corner. */
export interface MosaicPart extends Size {
  readonly left: number;
  readonly top: number;
}

/** Cuts an image into four around a point of its middle half (mosaic, Bochkovskiy et al., YOLOv4, 2020). */
export function drawMosaic(random: Random, { width, height }: Size): MosaicPart[] {
  const x = Math.floor(width / 4) + integer(random, Math.floor(width / 2) + 1);
  const y = Math.floor(height / 4) + integer(random, Math.floor(height / 2) + 1);
  return [
    { left: 0, top: 0, width: x, height: y },
    { left: x, top: 0, width: width - x, height: y },
    { left: 0, top: y, width: x, height: height - y },
    { left: x, top: y, width: width - x, height: height - y },
  ];
}

/** Images with what they show, laid side by side. */
export function assembleMosaic(
  size: Size,
  parts: readonly MosaicPart[],
  images: readonly (VisibleObjects & { readonly planes: Planes })[],
): VisibleObjects & { readonly planes: Planes } {
  const { width, height } = size;
  const data = new Float32Array(3 * width * height);
  for (const [index, part] of parts.entries()) pastePlanes(data, size, images[index]!.planes, part);
  return {
    planes: { width, height, data },
    objects: parts.flatMap(({ left, top }, index) => shiftObjects(images[index]!.objects, left, top)),
    ignored: parts.flatMap(({ left, top }, index) =>
      images[index]!.ignored.map((box) => shiftBox(box, left, top)),
    ),
  };
}

function pastePlanes(data: Float32Array, size: Size, from: Planes, { left, top }: MosaicPart): void {
  for (let row = 0; row < 3 * from.height; row++) {
    const [channel, y] = [Math.floor(row / from.height), row % from.height];
    const to = (channel * size.height + top + y) * size.width + left;
    data.set(from.data.subarray(row * from.width, (row + 1) * from.width), to);
  }
}
