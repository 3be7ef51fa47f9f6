import type { Planes } from '../../datasets/augment/planes.js';
import type { BoxEdges } from '../../src/boxes/annotations.js';

/** A dark image with lit boxes of whole pixels. */
export function imageOf(width: number, height: number, boxes: readonly BoxEdges[]): Planes {
  const data = new Float32Array(3 * width * height);
  for (const [left, top, right, bottom] of boxes) {
    for (let channel = 0; channel < 3; channel++) {
      for (let y = top; y < bottom; y++) {
        data.fill(1, (channel * height + y) * width + left, (channel * height + y) * width + right);
      }
    }
  }
  return { width, height, data };
}

/** The box around all pixels of a part of the image that are at least half lit. */
export function litBox(
  { width, height, data }: Planes,
  [left, top, right, bottom]: BoxEdges = [0, 0, width, height],
): BoxEdges {
  const edges: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      if (data[y * width + x]! < 0.5) continue;
      edges[0] = Math.min(edges[0], x);
      edges[1] = Math.min(edges[1], y);
      edges[2] = Math.max(edges[2], x + 1);
      edges[3] = Math.max(edges[3], y + 1);
    }
  }
  return edges;
}
