import type { Size } from '../../src/boxes/box.js';
import { rotationMap } from './affine.js';
import type { Planes } from './planes.js';

/** Size of the image that, turned by an angle, still fills another one of a given size. */
export function sizeBeforeRotation({ width, height }: Size, angle: number): Size {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  // One pixel more, whose centre the outermost samples need.
  return {
    width: Math.ceil(width * cos + height * sin) + 1,
    height: Math.ceil(width * sin + height * cos) + 1,
  };
}

/**
 * Turns an image about its centre and cuts out the middle, with bilinear samples; beyond its edges they
 * repeat.
 * @param angle radians, from the x axis towards the y axis: clockwise as seen
 */
export function rotatePlanes(planes: Planes, angle: number, { width, height }: Size): Planes {
  const map = rotationMap(-angle, [width / 2, height / 2], [planes.width / 2, planes.height / 2]);
  const area = width * height;
  const data = new Float32Array(3 * area);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Centre to centre: pixels count from their corners, samples from their centres.
      const fromX = map.xx * (x + 0.5) + map.xy * (y + 0.5) + map.x0 - 0.5;
      const fromY = map.yx * (x + 0.5) + map.yy * (y + 0.5) + map.y0 - 0.5;
      sampleInto(data, y * width + x, area, planes, fromX, fromY);
    }
  }
  return { width, height, data };
}

function sampleInto(data: Float32Array, to: number, area: number, from: Planes, x: number, y: number): void {
  const left = Math.min(Math.max(Math.floor(x), 0), from.width - 1);
  const top = Math.min(Math.max(Math.floor(y), 0), from.height - 1);
  const right = Math.min(left + 1, from.width - 1);
  const below = Math.min(top + 1, from.height - 1);
  const [u, v] = [Math.min(Math.max(x - left, 0), 1), Math.min(Math.max(y - top, 0), 1)];
  const [upper, lower] = [top * from.width, below * from.width];
  const fromArea = from.width * from.height;
  for (let channel = 0; channel < 3; channel++) {
    const at = channel * fromArea;
    const above = (1 - u) * from.data[at + upper + left]! + u * from.data[at + upper + right]!;
    const under = (1 - u) * from.data[at + lower + left]! + u * from.data[at + lower + right]!;
    data[channel * area + to] = (1 - v) * above + v * under;
  }
}
